using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

internal enum Prediction
{
    Binary,
    Multiclass,
    Regression,
}

/// <summary>One table with what is to be predicted of it.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Prediction">What kind of label it has.</param>
/// <param name="Training">Loads the rows to train on.</param>
/// <param name="Test">Loads the rows to test with; null: they are a share of the training rows.</param>
/// <param name="Features">Makes the column Features, and a key of the label where there are classes.</param>
internal sealed record TableTask(
    string Name, Prediction Prediction, Func<MLContext, IDataView> Training, Func<MLContext, IDataView>? Test,
    Func<MLContext, IEstimator<ITransformer>> Features)
{
    /// <summary>So few rows that splits count more than seeds.</summary>
    public bool IsSmall { get; init; }

    /// <summary>Share of the rows that test where there is no test file.</summary>
    public double TestFraction { get; init; } = 0.2;

    /// <summary>Training and test rows for a seed.</summary>
    /// <param name="seed">Draws the rows where there is something to draw.</param>
    /// <param name="validate">Whether a part of the training rows takes the place of the test rows.</param>
    public (IDataView Training, IDataView Test) Split(int seed, bool validate)
    {
        var ml = new MLContext(seed: 1);
        var rows = Training(ml);
        if (IsSmall)
        {
            var split = new MLContext(seed).Data.TrainTestSplit(rows, TestFraction, seed: seed);
            return validate ? Inner(split.TrainSet, seed) : (split.TrainSet, split.TestSet);
        }

        var (training, test) = Test is { } load ? (rows, load(ml)) : Parts(ml.Data.TrainTestSplit(rows, TestFraction, seed: 1));
        return validate ? Inner(training, seed) : (training, test);
    }

    private (IDataView, IDataView) Inner(IDataView training, int seed) =>
        Parts(new MLContext(seed).Data.TrainTestSplit(training, TestFraction, seed: 100 + seed));

    private static (IDataView, IDataView) Parts(DataOperationsCatalog.TrainTestData split) => (split.TrainSet, split.TestSet);
}
