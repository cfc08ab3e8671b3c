using System.Xml.Linq;
using Microsoft.DotNet.Interactive.Formatting;
using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>What Polyglot Notebooks shows, by the package that it shows values with.</summary>
public class NotebookTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    private static readonly NeuralNetworkModelParameters Model =
        Toy.Trainer(Toy.Quick with { Epochs = 2, ValidationFraction = 0.25f }).Fit(Data).Model;

    [Fact]
    public void Network_IsATableOfItsLayers()
    {
        var table = TableOf(Model.Network);

        table.Caption.Should().Be("2 to 3");
        table.Rows.Select(row => row[0]).Should()
            .Equal("layer", "input", "dense1", "batchnorm1", "relu1", "dense2", "workspace", "total");
        table.Rows[2].Should().StartWith(["dense1", "8", "16"]);
        table.Rows[^1][2].Should().Be($"{Model.ParameterCount}");
    }

    [Fact]
    public void Model_IsTheTableOfItsLayersUnderWhatBecameOfItsTraining()
    {
        var table = TableOf(Model);

        table.Rows.Should().BeEquivalentTo(TableOf(Model.Network).Rows);
        table.Caption.Should().Be($"Trained for 2 epochs (Completed), the best was {Model.BestEpoch}");
    }

    [Fact]
    public void History_IsATableOfItsEpochs()
    {
        var table = TableOf(Model.History);

        table.Caption.Should().Be("2 epochs");
        table.Rows[0].Should().Equal(
            "epoch", "training loss", "training accuracy", "validation loss", "validation accuracy", "learning rate", "rows/s");
        table.Rows.Skip(1).Select(row => row[0]).Should().Equal("1", "2");
        table.Rows[2][1].Should().Be(FormattableString.Invariant($"{Model.History[1].TrainingLoss:F4}"));
    }

    [Fact]
    public void History_OfAModelWithoutValidation_LeavesItsCellsEmpty() =>
        TableOf(Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(Data).Model.History).Rows[1][3..5].Should().Equal("", "");

    [Fact]
    public void Transformer_IsATableOfStatisticsForEachColumn()
    {
        var transformer = Toy.ML.Transforms.BatchNormalization("Features").Fit(Data);

        var table = TableOf(transformer);

        table.Caption.Should().StartWith("Features -> Features: 2 channels");
        table.Rows[0].Should().Equal("channel", "mean", "variance", "gamma", "beta", "missing");
        table.Rows[1].Should().Equal(
            "0", FormattableString.Invariant($"{transformer.Columns[0].Mean[0]:g6}"),
            FormattableString.Invariant($"{transformer.Columns[0].Variance[0]:g6}"), "1", "0", "0");
        TableOf(transformer.Columns[0]).Should().BeEquivalentTo(table);
    }

    [Fact]
    public void Transformer_OfManyChannels_ShowsTheFirstEightAndSaysSo()
    {
        var rows = Enumerable.Range(0, 4).Select(row => new WideRow { Features = [.. Enumerable.Range(row, 9).Select(i => (float)i)] });
        var transformer = Toy.ML.Transforms.BatchNormalization("Features").Fit(Toy.ML.Data.LoadFromEnumerable(rows));

        var table = TableOf(transformer);

        table.Caption.Should().EndWith("; the first 8");
        table.Rows.Should().HaveCount(1 + 8);
    }

    [Fact]
    public void NamesOfSlots_AreEscaped()
    {
        var data = Toy.ML.Transforms.Concatenate("Features", "Left", "<Right>").Fit(NamedRows()).Transform(NamedRows());

        var table = TableOf(Toy.ML.Transforms.BatchNormalization("Features").Fit(data));

        table.Rows.Skip(1).Select(row => row[0]).Should().Equal("0 Left", "1 <Right>");

        static IDataView NamedRows()
        {
            var rows = Toy.ML.Data.LoadFromEnumerable([new Pair { Left = 1, Right = 2 }, new Pair { Left = 3, Right = 5 }]);
            return Toy.ML.Transforms.CopyColumns("<Right>", "Right").Fit(rows).Transform(rows);
        }
    }

    // XML is stricter than HTML: what is not escaped or closed does not parse.
    private static Table TableOf(object value)
    {
        var html = XElement.Parse(value.ToDisplayString("text/html"));
        return new Table(
            html.Element("caption")!.Value,
            [.. html.Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())]);
    }

    private sealed record Table(string Caption, string[][] Rows);

    private sealed class WideRow
    {
        [Microsoft.ML.Data.VectorType(9)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Pair
    {
        public float Left { get; set; }

        public float Right { get; set; }
    }
}
