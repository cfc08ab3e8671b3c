using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

public class CrossValidationTests
{
    [Fact]
    public void CrossValidate_WholePipeline_FitsEveryFold()
    {
        var pipeline = Toy.ML.Transforms.BatchNormalization("Features").Append(Toy.Trainer());

        var folds = Toy.ML.MulticlassClassification.CrossValidate(Toy.Keyed(Toy.Examples(rows: 300)), pipeline, numberOfFolds: 3, seed: 1);

        folds.Should().HaveCount(3).And.OnlyContain(fold => fold.Metrics.MicroAccuracy > 0.95);
        folds.Select(fold => fold.ScoredHoldOutSet.GetColumn<float[]>("Score").Count()).Sum().Should().Be(300);
    }

    [Fact]
    public void GetRowCursorSet_FourCursors_GiveTheSameRows()
    {
        var data = Toy.ML.Data.Cache(Toy.Keyed(Toy.Examples(rows: 600)));
        var output = Toy.Trainer().Fit(data).Transform(data);
        DataViewSchema.Column[] columns = [output.Schema["Label"], output.Schema["Score"], output.Schema["PredictedLabel"]];

        var cursors = output.GetRowCursorSet(columns, 4);

        cursors.Should().HaveCount(4);
        var found = new string[cursors.Length][];
        Parallel.For(0, cursors.Length, i => found[i] = RowText.Of(cursors[i], cursors[i], columns));
        found.SelectMany(rows => rows).Should().BeEquivalentTo(RowText.Of(output, columns));
        foreach (var cursor in cursors)
            cursor.Dispose();
    }
}
