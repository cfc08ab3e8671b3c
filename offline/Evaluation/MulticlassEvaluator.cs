// Stands for the multiclass evaluator of Microsoft.ML.Data. Left out: weights, per-instance results.

namespace MLNet.Offline;

/// <summary>
/// Compares the scores of each row with its label. The predicted class is the (first) one with the largest score. A label without a score
/// counts as wrong, with the largest log-loss there is. A row without a label does not count.
/// </summary>
internal static class MulticlassEvaluator
{
    // Keeps the log-loss of a class with probability 0 finite: -log(1e-15) = 34.5.
    private const double SmallestProbability = 1e-15;

    public static MulticlassClassificationMetrics Evaluate(
        IHostEnvironment env, IDataView data, string labelColumnName, string scoreColumnName,
        string predictedLabelColumnName, int topKPredictionCount)
    {
        Contracts.CheckRef(data, nameof(data));
        var label = Find(env, data.Schema, "label", labelColumnName);
        var score = Find(env, data.Schema, "score", scoreColumnName);
        Find(env, data.Schema, "predicted label", predictedLabelColumnName);
        var classes = score.Type.GetVectorSize();
        if (classes == 0 || score.Type.GetItemType() != NumberDataViewType.Single)
            throw env.ExceptSchemaMismatch(nameof(data), "score", score.Name, "known-size vector of Single", score.Type.ToString());
        if (label.Type is not KeyDataViewType && label.Type != NumberDataViewType.Single && label.Type != NumberDataViewType.Double)
            throw env.ExceptSchemaMismatch(nameof(data), "label", label.Name, "Key, Single or Double", label.Type.ToString());

        using var cursor = data.GetRowCursor([label, score]);
        var getLabel = Getters.AsNumber(cursor, label);
        var getScores = cursor.GetGetter<VBuffer<float>>(score);
        var counts = new MulticlassCounts(classes);
        VBuffer<float> scores = default;
        var number = 0.0;
        while (cursor.MoveNext())
        {
            // Keys count from 1, and 0 is a missing one; numbers are the class itself, and NaN a missing one.
            getLabel(ref number);
            var trueClass = label.Type is KeyDataViewType ? number - 1 : number;
            if (!(trueClass >= 0))
                continue;
            getScores(ref scores);
            // A score that is not a number is the worst there is.
            counts.Add((int)trueClass, scores.DenseValues().Select(value => float.IsNaN(value) ? float.NegativeInfinity : value).ToArray());
        }

        return counts.ToMetrics(topKPredictionCount, ClassNames(score, classes));
    }

    private static DataViewSchema.Column Find(IHostEnvironment env, DataViewSchema schema, string role, string name) =>
        schema.GetColumnOrNull(Contracts.CheckNonEmpty(name, nameof(name))) ?? throw env.ExceptSchemaMismatch(nameof(schema), role, name);

    private static string[] ClassNames(DataViewSchema.Column score, int classes)
    {
        if (!score.HasSlotNames())
            return Enumerable.Range(0, classes).Select(index => index.ToString(CultureInfo.InvariantCulture)).ToArray();
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return names.DenseValues().Select(name => name.ToString()).ToArray();
    }

    /// <summary>What is counted over the rows.</summary>
    private sealed class MulticlassCounts(int classes)
    {
        private readonly double[][] confusion = Enumerable.Range(0, classes).Select(_ => new double[classes]).ToArray();
        private readonly long[] rowsWithRank = new long[classes];
        private readonly Dictionary<int, (long Rows, double LogLoss)> ofTrueClass = [];

        public void Add(int trueClass, float[] scores)
        {
            var known = trueClass < classes;
            var probability = known ? Math.Clamp(scores[trueClass], SmallestProbability, 1) : SmallestProbability;
            var (rows, logLoss) = ofTrueClass.GetValueOrDefault(trueClass);
            ofTrueClass[trueClass] = (rows + 1, logLoss - Math.Log(probability));
            if (!known)
                return;
            confusion[trueClass][Array.IndexOf(scores, scores.Max())]++;
            rowsWithRank[Rank(scores, trueClass)]++;
        }

        public MulticlassClassificationMetrics ToMetrics(int topK, string[] names)
        {
            double total = ofTrueClass.Values.Sum(c => c.Rows);
            var logLoss = ofTrueClass.Values.Sum(c => c.LogLoss) / total;
            var entropyOfLabels = -ofTrueClass.Values.Sum(c => c.Rows / total * Math.Log(c.Rows / total));
            var topKAccuracies = Enumerable.Range(1, Math.Clamp(topK, 0, classes))
                .Select(k => rowsWithRank.Take(k).Sum() / total).ToArray();
            return new()
            {
                LogLoss = logLoss,
                LogLossReduction = (entropyOfLabels - logLoss) / entropyOfLabels,
                MicroAccuracy = Enumerable.Range(0, classes).Sum(c => confusion[c][c]) / total,
                MacroAccuracy = ofTrueClass.Sum(c => c.Key < classes ? confusion[c.Key][c.Key] / c.Value.Rows : 0) / ofTrueClass.Count,
                PerClassLogLoss = Enumerable.Range(0, classes)
                    .Select(c => ofTrueClass.TryGetValue(c, out var sum) ? sum.LogLoss / sum.Rows : 0).ToArray(),
                TopKPredictionCount = topK,
                TopKAccuracyForAllK = topKAccuracies,
                TopKAccuracy = topKAccuracies.LastOrDefault(),
                ConfusionMatrix = new(confusion, names),
            };
        }

        /// <summary>How many classes come before this one, in the order of falling scores.</summary>
        private static int Rank(float[] scores, int trueClass) => Enumerable.Range(0, scores.Length)
            .Count(c => scores[c] > scores[trueClass] || (c < trueClass && scores[c] == scores[trueClass]));
    }
}
