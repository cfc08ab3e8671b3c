using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNet.BatchNorm.WebServing.Tests;

/// <summary>A connection to a browser, or to one of its pages, in Chromium's DevTools protocol.</summary>
internal sealed class DevTools : IDisposable
{
    private readonly ClientWebSocket socket = new();
    private int lastId;

    private DevTools()
    {
    }

    /// <summary>What went wrong in the page: exceptions, and errors on its console.</summary>
    public List<string> Errors { get; } = [];

    public static async Task<DevTools> Connect(Uri address)
    {
        var connection = new DevTools();
        await connection.socket.ConnectAsync(address, CancellationToken.None);
        return connection;
    }

    /// <summary>Calls a method and waits for its result.</summary>
    public async Task<JsonNode> Send(string method, JsonObject parameters)
    {
        var message = new JsonObject { ["id"] = ++lastId, ["method"] = method, ["params"] = parameters };
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, CancellationToken.None);
        while (true)
        {
            var answer = await Receive();
            if ((int?)answer["id"] == lastId)
                return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
            if ((string?)answer["method"] is "Runtime.exceptionThrown" or "Log.entryAdded")
                Errors.Add(answer.ToJsonString());
        }
    }

    public void Dispose() => socket.Dispose();

    private async Task<JsonNode> Receive()
    {
        using var message = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, CancellationToken.None);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
