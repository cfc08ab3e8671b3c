namespace MLNet.BatchNorm.Mpi.Tests;

/// <summary>A test that needs mpirun.</summary>
internal sealed class MpiFactAttribute : FactAttribute
{
    public MpiFactAttribute() => Skip = WhyNot;

    /// <summary>The path of mpirun, or null.</summary>
    public static string? Launcher { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "mpirun")).FirstOrDefault(File.Exists);

    public static string? WhyNot => Launcher is null ? "mpirun is not installed (on Debian: apt-get install openmpi-bin)." : null;
}

/// <summary>The same with data.</summary>
internal sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute() => Skip = MpiFactAttribute.WhyNot;
}
