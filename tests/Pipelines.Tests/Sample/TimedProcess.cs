using System.Diagnostics;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>
/// A program with its output, ended with all that it has started when its time is over or nobody needs it any more.
/// </summary>
internal sealed class TimedProcess : IDisposable
{
    private readonly string name;
    private readonly Process process;
    private readonly TimeSpan most;
    private readonly CancellationTokenSource time;
    private readonly CancellationTokenRegistration end;

    public TimedProcess(TimeSpan most, string program, params string[] arguments)
    {
        name = string.Join(' ', [program, .. arguments]);
        // What a shell starts in the background ignores the interrupt, and so would all that it starts.
        process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        this.most = most;
        time = new CancellationTokenSource(most);
        end = time.Token.Register(() => process.Kill(entireProcessTree: true));
    }

    public int Id => process.Id;

    public void Write(char letter)
    {
        process.StandardInput.Write(letter);
        process.StandardInput.Flush();
    }

    /// <summary>The output up to <paramref name="text"/>.</summary>
    public string ReadUntil(string text)
    {
        var read = "";
        while (!read.Contains(text))
            read += process.StandardOutput.Read() is var letter && letter >= 0 ? (char)letter : throw Ended(read);
        return read;
    }

    /// <summary>The rest of the output, and the exit code.</summary>
    public (string Output, int ExitCode) ReadToEnd()
    {
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return time.IsCancellationRequested ? throw Ended(output) : (output, process.ExitCode);
    }

    public void Dispose()
    {
        end.Dispose();   // waits for it, if it is ending the program
        time.Dispose();
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private Exception Ended(string output) => time.IsCancellationRequested
        ? new TimeoutException($"'{name}' was ended after {most.TotalSeconds} s. It had printed: {output}")
        : new EndOfStreamException($"'{name}' has ended. It had printed: {output}");
}
