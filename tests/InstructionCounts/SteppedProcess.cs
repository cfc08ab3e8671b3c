using System.Collections;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.InstructionCounts;

/// <summary>
/// This program once more, stopped after every instruction between two marks. That counts exactly, whatever the processor and its vectors:
/// virtual machines often have no counters, and emulators do not know every instruction.
/// </summary>
/// <remarks>
/// Not started as a <see cref="System.Diagnostics.Process"/>: that waits for its children by itself, and would take the stops.
/// </remarks>
internal static class SteppedProcess
{
    private const int MayNotBeStepped = 3;

    /// <summary>
    /// In the process that is stepped: runs each kernel, warmed up, between two marks, first one that does nothing. Returns the exit code.
    /// </summary>
    public static int RunKernels()
    {
        if (Linux.Trace(Linux.TraceMe, 0, 0, 0) != 0)
            return MayNotBeStepped;
        foreach (var kernel in Kernels.All().Prepend(new Kernel("nothing", () => { })))
        {
            kernel.Run();
            kernel.Run();   // what the first has left to do
            _ = Linux.Raise(Linux.User1);
            kernel.Run();
            _ = Linux.Raise(Linux.User1);
        }

        return 0;
    }

    /// <summary>
    /// Instructions of each kernel, in their order; null where the system does not let a process be stepped.
    /// </summary>
    /// <param name="arguments">With them this program calls <see cref="RunKernels"/>.</param>
    /// <param name="settings">Variables of the environment.</param>
    public static IReadOnlyList<long>? Count(string[] arguments, IReadOnlyDictionary<string, string> settings)
    {
        _ = Linux.SetAffinity(0, sizeof(ulong), 1);   // handing over within one processor takes half the time
        var program = Environment.ProcessPath!;
        var error = Linux.Spawn(out var process, program, 0, 0, [program, .. arguments, null], [.. EnvironmentWith(settings), null]);
        if (error != 0)
            throw new InvalidOperationException($"{program} could not be started: {Marshal.GetPInvokeErrorMessage(error)}.");

        var counts = new List<long>();
        var (isCounting, count, before) = (false, 0L, (nint)0);
        while (true)
        {
            if (Linux.Wait(process, out var status, Linux.AllThreads) != process)
                throw new InvalidOperationException($"Waiting for {program}: {Marshal.GetLastPInvokeErrorMessage()}.");
            var (kind, value) = (status & 0xff, status >> 8);
            if (kind == 0 && value == 0)
                return [.. counts.Skip(1).Select(instructions => instructions - counts[0])];
            if (kind == 0 && value == MayNotBeStepped)
                return null;
            if (kind != 0x7f)
                throw new InvalidOperationException($"{program} ended before all was counted, with status {status}.");

            if (value == Linux.Trap)
            {
                // An instruction that repeats itself stops after each repetition.
                var next = Linux.Trace(Linux.PeekUser, process, Linux.InstructionPointer, 0);
                if (next != before)
                    count++;
                before = next;
            }
            else if (value == Linux.User1)
            {
                if (isCounting)
                    counts.Add(count);
                (isCounting, count) = (!isCounting, 0);
            }

            var passedOn = value is Linux.Trap or Linux.User1 ? 0 : value;
            _ = Linux.Trace(isCounting ? Linux.SingleStep : Linux.Continue, process, 0, passedOn);
        }
    }

    private static IEnumerable<string> EnvironmentWith(IReadOnlyDictionary<string, string> settings) =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => !settings.ContainsKey((string)variable.Key))
            .Select(variable => $"{variable.Key}={variable.Value}")
            .Concat(settings.Select(setting => $"{setting.Key}={setting.Value}"));
}
