using System.Runtime.InteropServices;
using Spectre.Console;

namespace ImageClassification;

/// <summary>Ctrl-C, and the signal to terminate: the first one asks for the end, the second one ends the program.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    public Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
    ];

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
        {
            AnsiConsole.Cursor.Show();   // the progress bar has hidden it
            return;
        }

        context.Cancel = true;
        source.Cancel();
    }
}
