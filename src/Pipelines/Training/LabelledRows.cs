using System.Numerics.Tensors;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>The rows of a data view that count in training, as float32: those that have a label and a weight above 0.</summary>
internal sealed class LabelledRows(
    IDataView input, TrainingColumns columns, LearningTask task, MissingFeatures missingFeatures, FitCancellation cancellation)
    : IRowStream
{
    public int Inputs => columns.FeatureCount;

    public bool HasWeights => columns.Weight is not null;

    /// <summary>Rows that the last pass left out because a feature is missing or infinite.</summary>
    public long WithMissingFeatures { get; private set; }

    /// <summary>Rows that the last pass left out because their label is missing.</summary>
    public long WithoutLabel { get; private set; }

    public IRowCursor Open()
    {
        (WithoutLabel, WithMissingFeatures) = (0, 0);
        return new Cursor(this, input.GetRowCursor(columns.All), columns, task, missingFeatures, cancellation);
    }

    private sealed class Cursor : IRowCursor
    {
        private readonly LabelledRows rows;
        private readonly DataViewRowCursor cursor;
        private readonly TrainingColumns columns;
        private readonly MissingFeatures missingFeatures;
        private readonly FitCancellation cancellation;
        private readonly RowReader<float> features;
        private readonly float[] planar;
        private readonly Func<float> getTarget;
        private readonly ValueGetter<float>? getWeight;

        public Cursor(
            LabelledRows rows, DataViewRowCursor cursor, TrainingColumns columns, LearningTask task, MissingFeatures missingFeatures,
            FitCancellation cancellation)
        {
            this.rows = rows;
            this.cursor = cursor;
            this.columns = columns;
            this.missingFeatures = missingFeatures;
            this.cancellation = cancellation;
            features = new RowReader<float>(cursor, columns.Features, columns.FeatureCount);
            planar = new float[columns.Layout.IsPlanar ? columns.FeatureCount : 0];
            getTarget = task.TargetGetter(cursor, columns.Label);
            getWeight = columns.Weight is { } weight ? cursor.GetGetter<float>(weight) : null;
        }

        /// <exception cref="InvalidOperationException">A feature, target or weight is not finite, or a weight is negative.</exception>
        /// <exception cref="OperationCanceledException">Fit was cancelled.</exception>
        public bool Read(Span<float> row, out float target, out float weight)
        {
            while (cursor.MoveNext())
            {
                cancellation.ThrowIfRequested();
                target = getTarget();
                weight = 1;
                if (float.IsNaN(target))
                {
                    rows.WithoutLabel++;
                    continue;
                }

                getWeight?.Invoke(ref weight);
                Check(target, weight);

                // Such a row adds nothing to the loss, but would take part in the statistics of a batch.
                if (weight == 0)
                    continue;
                var values = planar.Length > 0 ? planar : row;
                features.Read(values);
                if (TensorPrimitives.IsFiniteAll<float>(values))
                {
                    if (planar.Length > 0)
                        columns.Layout.ToChannelsLast(planar, row);
                    return true;
                }

                if (missingFeatures == MissingFeatures.Error)
                    throw NotFinite(values);
                rows.WithMissingFeatures++;
            }

            (target, weight) = (0, 0);
            return false;
        }

        public void Dispose() => cursor.Dispose();

        private void Check(float target, float weight)
        {
            if (!float.IsFinite(target))
                throw new InvalidOperationException(
                    $"Column '{columns.Label.Name}' has the value {target} in row {cursor.Position}. Labels must be finite.");
            if (!float.IsFinite(weight) || weight < 0)
                throw new InvalidOperationException(
                    $"Column '{columns.Weight!.Value.Name}' has the weight {weight} in row {cursor.Position}. " +
                    "Weights must be finite and 0 or more.");
        }

        private InvalidOperationException NotFinite(ReadOnlySpan<float> row)
        {
            var slot = 0;
            while (float.IsFinite(row[slot]))
                slot++;
            return new InvalidOperationException(
                $"Column '{columns.Features.Name}' has the value {row[slot]} in row {cursor.Position}, slot {slot}. " +
                "Training needs finite features: replace missing ones first, for example with ReplaceMissingValues, " +
                "or set the option MissingFeatures to Skip.");
        }
    }
}
