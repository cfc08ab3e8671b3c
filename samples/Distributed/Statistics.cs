using Microsoft.ML;
using MLNet.BatchNorm;

namespace Distributed;

/// <summary>Mean and variance of all rows, by processes that know nothing of each other: each fits a shard, the last step merges.</summary>
internal static class Statistics
{
    public static void Fit(string folder, string output, int shard, int shards)
    {
        var ml = new MLContext();
        var estimator = ml.Transforms.BatchNormalization(nameof(Row.Features));
        var fitted = Parts(output, shards).Fit(estimator, shard, () => PartFiles.Open(ml, folder, shard, shards));
        Console.WriteLine($"Shard {shard} of {shards}: {(fitted ? "fitted" : "was there already")}");
    }

    public static void Merge(string folder, string output, int shards)
    {
        var ml = new MLContext();
        var model = Parts(output, shards).Merge();
        ml.Model.Save(model, PartFiles.Open(ml, folder, 0, shards).Schema, Path.Combine(output, "statistics.zip"));
        Console.WriteLine(model);
    }

    private static ShardFiles Parts(string output, int shards) => new(Path.Combine(output, "parts"), shards);
}
