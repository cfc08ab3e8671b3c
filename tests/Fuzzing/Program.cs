using MLNet.BatchNorm.Fuzzing;
using SharpFuzz;

if (args is not [var name] || !Targets.All.TryGetValue(name, out var check))
{
    Console.Error.WriteLine($"usage: MLNet.BatchNorm.Fuzzing <target> < file. The targets: {string.Join(", ", Targets.All.Keys)}.");
    return 2;
}

// In another process, so that a read that does not end, or overflows the stack, is one finding and not the end of the run.
Fuzzer.OutOfProcess.Run(stream =>
{
    using var file = new MemoryStream();
    stream.CopyTo(file);
    check(file.ToArray());
});
return 0;
