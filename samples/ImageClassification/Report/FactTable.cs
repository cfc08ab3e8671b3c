using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.BatchNorm;
using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>A table of what one must know to do something again.</summary>
internal static class FactTable
{
    public static string Of(string name, IEnumerable<(string Name, string Value)> facts) => HtmlReport.Scroll(name, $"""
        <table>
        <thead><tr><th scope="col">what</th><th scope="col" class="wide">value</th></tr></thead>
        <tbody>
        {string.Join('\n', facts.Select(fact => $"""
        <tr><th scope="row">{Escape(fact.Name)}</th><td class="wide">{Escape(fact.Value)}</td></tr>
        """))}
        </tbody>
        </table>
        """);

    /// <summary>Of the process that asks.</summary>
    public static IEnumerable<(string Name, string Value)> Versions()
    {
        var (library, mlNet) = (VersionOf(typeof(Network)), VersionOf(typeof(MLContext)));
        yield return ("versions", $"MLNet.BatchNorm {library}, ML.NET {mlNet}, {RuntimeInformation.FrameworkDescription}");
        yield return (
            "machine",
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors");
    }

    // Without the commit behind the plus sign.
    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
