using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>The pages of components and layers say what the code says.</summary>
public sealed partial class ComponentPageTests
{
    public static TheoryData<Type> Layers =>
    [
        .. typeof(LayerDefinition).Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(LayerDefinition)) && !type.IsAbstract),
    ];

    // On failure the table that belongs into the page is in the message.
    [Theory]
    [InlineData("docs/components/batch-normalization.md", typeof(BatchNormalizationOptions))]
    [InlineData("docs/components/batch-normalization.md", typeof(MovingAverage))]
    [InlineData("docs/components/batch-normalization.md", typeof(LearnedAffine))]
    [InlineData("docs/components/neural-network-options.md", typeof(NeuralNetworkOptions))]
    [InlineData("docs/components/neural-network-options.md", typeof(EarlyStopping))]
    [InlineData("docs/components/neural-network-options.md", typeof(CheckpointOptions))]
    [InlineData("docs/components/neural-network-options.md", typeof(Augmentation))]
    [InlineData("docs/guide/search.md", typeof(NeuralNetworkSearchOptions))]
    public void Options_OfAComponentPage_AreThoseOfTheCode(string page, Type options) =>
        Repository.Read(page).Should().Contain($"{Option.Table(options)}\n");

    [Theory]
    [MemberData(nameof(Layers))]
    public void Section_OfALayer_StatesFormulaShapesPhaseAndParametersAndHasAnExample(Type layer) =>
        SectionOf(layer).Should().ContainAll("**Formula**", "**Shapes**", "**Phase**", "**Parameters**", "```csharp");

    [Theory]
    [MemberData(nameof(Layers))]
    public void Parameters_OfALayer_AreNamedInItsSection(Type layer)
    {
        // Without numbers only a trainer can build it.
        var definition = layer == typeof(FeatureEncodingDefinition)
            ? FeatureEncodingDefinition.Of([0, 0], [1, 1])
            : (LayerDefinition)Option.WithDefaults(layer);
        var network = new Network(NetworkDefinition.Empty.Add(definition), Shape.Image(3, 3, 2), seed: 1);
        var names = network.Parameters.Select(parameter => $"`{parameter.Name}`").DefaultIfEmpty("**Parameters**: ");

        SectionOf(layer).Should().ContainAll(names);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Page_OfALayer_IsInTheListOfLayers(Type layer) =>
        Repository.Read("docs/layers.md").Should().Contain($"]({PageOf(layer)["docs/".Length..]}")
            .And.Contain($"| `{layer.Name}` |");

    [Theory]
    [MemberData(nameof(Layers))]
    public void Section_OfALayer_HasTheOptionsOfTheCodeWithTheirDefaults(Type layer) =>
        OptionRow().Matches(SectionOf(layer)).Select(row => (row.Groups["name"].Value, row.Groups["default"].Value.Trim()))
            .Should().BeEquivalentTo(Option.Of(layer).Select(option => (option.Name, option.Default)));

    [Fact]
    public void Section_OfActivation_NamesEveryFunction() =>
        SectionOf(typeof(ActivationDefinition)).Should().ContainAll(Enum.GetNames<ActivationKind>().Select(name => $"| `{name}` |"));

    [Theory]
    [InlineData("multiclass", "Multiclass classification")]
    [InlineData("binary", "Binary classification")]
    [InlineData("regression", "Regression")]
    public void Page_OfATrainer_StatesItsColumnsAndCharacteristics(string name, string task)
    {
        var page = Repository.Read($"docs/components/{name}-neural-network.md");
        var ml = new MLContext(seed: 1);
        var rows = ml.Data.LoadFromEnumerable(
            [new Row { Key = 0, Yes = true, Number = 1, Features = [1, 2] }, new Row { Key = 1, Number = 2, Features = [2, 1] }]);
        NeuralNetworkTrainer trainer = name switch
        {
            "multiclass" => ml.MulticlassClassification.Trainers.NeuralNetwork(nameof(Row.Key), epochs: 1),
            "binary" => ml.BinaryClassification.Trainers.NeuralNetwork(nameof(Row.Yes), epochs: 1),
            _ => ml.Regression.Trainers.NeuralNetwork(nameof(Row.Number), epochs: 1),
        };

        var added = trainer.Fit(rows).GetOutputSchema(rows.Schema).Skip(rows.Schema.Count).Select(column => column.Name);

        OutputColumn().Matches(page.Split("## Columns out")[1]).Select(row => row.Groups["name"].Value).Should().Equal(added);
        page.Should().Contain($"| Task | {task} |")
            .And.Contain($"| Are normalized features required? | {YesOrNo(trainer.Info.NeedNormalization)}")
            .And.Contain($"| Is caching required? | {YesOrNo(trainer.Info.WantCaching)}");
    }

    private static string YesOrNo(bool answer) => answer ? "Yes" : "No";

    private static string PageOf(Type layer) => Repository.Pages.Should()
        .ContainSingle(page => page.StartsWith("docs/layers/", StringComparison.Ordinal) && Repository.Read(page).Contains(Title(layer)))
        .Subject;

    // Headings are of the first level where a page has one layer, else of the second.
    private static string SectionOf(Type layer) =>
        LayerHeading().Split(Repository.Read(PageOf(layer)))
            .Single(section => section.Split('\n')[0].EndsWith(Title(layer), StringComparison.Ordinal));

    private static string Title(Type layer) => $": `{layer.Name}`";

    [GeneratedRegex("^##? ", RegexOptions.Multiline)]
    private static partial Regex LayerHeading();

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| (Single|Boolean|key|vector)", RegexOptions.Multiline)]
    private static partial Regex OutputColumn();

    // The tables of options alone have four columns and begin with a name between backticks.
    [GeneratedRegex(@"^\| `(?<name>\w+)` \|(?<default>[^|]*)\|[^|]*\|[^|]*\|$", RegexOptions.Multiline)]
    private static partial Regex OptionRow();

    private sealed class Row
    {
        [KeyType(2)] public uint Key { get; set; }

        public bool Yes { get; set; }

        public float Number { get; set; }

        [VectorType(2)] public float[] Features { get; set; } = [];
    }
}
