using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>
/// An example in the documentation of a type: statements, for which <see cref="ExampleProgram"/> says what is given. A comment behind
/// <c>Console.WriteLine</c> is what that prints.
/// </summary>
internal sealed partial record Example(string Type, string Code)
{
    /// <summary>What it says that it prints, line by line; none: it does not say.</summary>
    public string Shown => string.Concat(PrintedLine().Matches(Code).Select(line => $"{line.Groups["shown"].Value.Trim()}\n"));

    public static IEnumerable<Example> Of(INamedTypeSymbol type) =>
        PublicSurface.Documentation(type).Elements("example").Elements("code").Select(code => new Example(type.Name, code.Value));

    [GeneratedRegex(@"Console\.WriteLine\(.*\);\s*// (?<shown>.*)$", RegexOptions.Multiline)]
    private static partial Regex PrintedLine();
}

/// <summary>All examples as one program, so that they are compiled and started once.</summary>
internal static class ExampleProgram
{
    // "ml", "data" and "pictures" are what the examples begin with. The labels are of the three kinds that trainers take.
    private const string Given =
        """
        using System.Reflection;
        using Microsoft.ML;
        using Microsoft.ML.Data;
        using MLNet.BatchNorm;

        foreach (Type example in Assembly.GetExecutingAssembly().GetTypes().Where(type => type.BaseType == typeof(Example)))
        {
            Console.WriteLine($"# {example.Name}");
            ((Example)Activator.CreateInstance(example)!).Run();
        }

        abstract class Example
        {
            protected readonly MLContext ml = new(seed: 1);
            protected readonly IDataView data;
            protected readonly IDataView pictures;

            protected Example()
            {
                data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 120).Select(i => new Row
                {
                    Label = (uint)(i % 3), IsSick = i % 3 == 0, Price = 10 * (i % 3) + i % 7 + 1, Weight = 1 + i % 2,
                    Features = [i % 3, i % 7, i % 5, 100 * (i % 3)],
                }));
                pictures = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new Picture
                {
                    Label = (uint)(i % 2),
                    Features = [.. Enumerable.Range(0, 64).Select(pixel => (float)((pixel * (i % 2 + 1) + i) % 9))],
                }));
            }

            public abstract void Run();
        }

        class Row
        {
            [KeyType(3)] public uint Label { get; set; }

            public bool IsSick { get; set; }

            public float Price { get; set; }

            public float Weight { get; set; }

            [VectorType(4)] public float[] Features { get; set; } = [];
        }

        class Picture
        {
            [KeyType(2)] public uint Label { get; set; }

            [VectorType(1, 8, 8)] public float[] Features { get; set; } = [];
        }

        """;

    public static IReadOnlyList<Example> All { get; } = [.. PublicSurface.Types.SelectMany(Example.Of)];

    public static PageProgram Program { get; } =
        new([new Code("given", 1, Given), .. All.GroupBy(example => example.Type).Select(ClassOf)], [], null);

    /// <summary>What each type's examples print.</summary>
    public static Dictionary<string, string> Run() => Execution.Run(Program)
        .Split("# Of", StringSplitOptions.RemoveEmptyEntries)
        .Select(part => part.Split('\n', 2))
        .ToDictionary(part => part[0], part => part[1]);

    private static Code ClassOf(IGrouping<string, Example> examples)
    {
        var source = new StringBuilder($"class Of{examples.Key} : Example {{ public override void Run() {{");
        foreach (var example in examples)
            source.Append('{').Append(example.Code.TrimStart()).Append('}');
        return new Code(examples.Key, 1, source.Append("}}").ToString());
    }
}
