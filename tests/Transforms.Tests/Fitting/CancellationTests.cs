using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

public class CancellationTests
{
    private const int Rows = 100, CancelledAt = 7;

    [Fact]
    public void Fit_ContextIsCancelledWhileRowsAreRead_EndsAtThatRow()
    {
        var ml = new MLContext(seed: 1);
        var read = 0;
        var data = Data(ml, () => ++read == CancelledAt);
        var fit = () => ml.Transforms.BatchNormalization("Features").Fit(data);

        fit.Should().Throw<OperationCanceledException>().WithMessage("Fit was cancelled*MLContext*");
        read.Should().Be(CancelledAt);
    }

    [Theory]
    [InlineData(Rows + CancelledAt)]
    [InlineData(2 * Rows)]
    public void Fit_ContextIsCancelledWhileGammaIsLearned_Ends(int at)
    {
        var ml = new MLContext(seed: 1);
        var read = 0;
        var data = Data(ml, () => ++read == at);
        var options = new BatchNormalizationOptions
        {
            Columns = [new("Features")],
            LabelColumnName = "Label",
            LearnedAffine = new LearnedAffine { Epochs = 1_000_000_000, Seed = 1 },
        };
        var fit = () => ml.Transforms.BatchNormalization(options).Fit(data);

        fit.Should().Throw<OperationCanceledException>();
        read.Should().Be(at);
    }

    // Cancelled by the row for which the condition holds. The method is internal in ML.NET, for its own tools.
    private static IDataView Data(MLContext ml, Func<bool> isLast)
    {
        var cancel = typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!;
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i =>
        {
            if (isLast())
                cancel.Invoke(ml, null);
            return new Row { Features = [i, -i], Label = i % 3 };
        }));
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
