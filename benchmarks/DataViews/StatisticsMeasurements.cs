using Microsoft.ML;

namespace MLNet.BatchNorm.DataViews;

/// <summary>The batch norm transform beside ML.NET's NormalizeMeanVariance, on a million cached rows of 64 features.</summary>
internal static class StatisticsMeasurements
{
    public static void Run()
    {
        var view = Rows.Cached(1_000_000, 64);
        var own = Rows.ML.Transforms.BatchNormalization("Normalized", nameof(Row.Features));
        var other = Rows.ML.Transforms.NormalizeMeanVariance("Normalized", nameof(Row.Features));
        Rows.Compare(
            "`Fit` of batch norm on 1,000,000 cached rows of 64 features", Rows.Seconds(() => own.Fit(view)), "`NormalizeMeanVariance`",
            Rows.Seconds(() => other.Fit(view)));
        var (ownOutput, otherOutput) = (own.Fit(view).Transform(view), other.Fit(view).Transform(view));
        Rows.Compare(
            "reading the transformed column", Rows.Seconds(() => Rows.ReadVectors(ownOutput, "Normalized")), "`NormalizeMeanVariance`",
            Rows.Seconds(() => Rows.ReadVectors(otherOutput, "Normalized")));
        var reading = Rows.Seconds(() => Rows.ReadVectors(view, nameof(Row.Features)));
        Rows.Print("reading the cached column alone", reading);
    }
}
