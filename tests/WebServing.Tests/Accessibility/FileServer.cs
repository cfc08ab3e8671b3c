using System.Net;
using System.Net.Sockets;

namespace MLNet.BatchNorm.WebServing.Tests.Accessibility;

/// <summary>Serves the files of a folder, as the scripts of a site need it: a browser loads no module from a file.</summary>
internal sealed class FileServer : IDisposable
{
    private static readonly Dictionary<string, string> TypeByExtension = new()
    {
        [".css"] = "text/css",
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript",
        [".svg"] = "image/svg+xml",
    };

    private readonly HttpListener listener = new();
    private readonly string folder;

    public FileServer(string folder)
    {
        this.folder = folder;
        Address = new Uri($"http://127.0.0.1:{FreePort()}/");
        listener.Prefixes.Add(Address.ToString());
        listener.Start();
        _ = Serve();
    }

    public Uri Address { get; }

    public void Dispose() => listener.Close();

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            HttpListenerContext request;
            try
            {
                request = await listener.GetContextAsync();
            }
            catch (Exception end) when (end is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var path = Path.Combine(folder, request.Request.Url!.LocalPath.TrimStart('/'));
            using var response = request.Response;
            if (!File.Exists(path))
            {
                response.StatusCode = (int)HttpStatusCode.NotFound;
                continue;
            }

            response.ContentType = TypeByExtension.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");
            await response.OutputStream.WriteAsync(await File.ReadAllBytesAsync(path));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
