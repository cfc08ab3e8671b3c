using System.Globalization;
using System.Reflection;

namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>What figures were measured on.</summary>
internal static class Machine
{
    /// <summary>Time, processor and runtime.</summary>
    public static string Description
    {
        get
        {
            var now = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            return $"{now} UTC, {Processor ?? "processor not named"}, {Environment.ProcessorCount} processors, .NET {Environment.Version}";
        }
    }

    private static string? Processor
    {
        get
        {
            const string cpuInfo = "/proc/cpuinfo";
            var lines = File.Exists(cpuInfo) ? File.ReadLines(cpuInfo) : [];
            return lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        }
    }

    /// <summary>The version of the package that the type is from, without the commit it was built from.</summary>
    public static string? VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
}
