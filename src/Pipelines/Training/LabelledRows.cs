using System.Numerics.Tensors;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>The rows of a data view that count in training, as float32: those that have a label and a weight above 0.</summary>
internal sealed class LabelledRows(
    IDataView input, TrainingColumns columns, MissingValueHandling missingValues, FitCancellation cancellation)
    : IRowStream
{
    public int Inputs => columns.FeatureCount;

    public bool HasWeights => columns.Weight is not null;

    /// <summary>Rows that the last pass left out because a feature is missing or infinite.</summary>
    public long WithMissingFeatures { get; private set; }

    /// <summary>Rows that the last pass left out because their label is missing.</summary>
    public long WithoutLabel { get; private set; }

    /// <summary>Rows that the last pass left out because their weight is 0.</summary>
    public long WithoutWeight { get; private set; }

    public IRowCursor Open()
    {
        (WithoutLabel, WithoutWeight, WithMissingFeatures) = (0, 0, 0);
        return new Cursor(this, input.GetRowCursor(columns.All), columns, missingValues, cancellation);
    }

    private sealed class Cursor : IRowCursor
    {
        private readonly LabelledRows rows;
        private readonly DataViewRowCursor cursor;
        private readonly TrainingColumns columns;
        private readonly MissingValueHandling missingValues;
        private readonly FitCancellation cancellation;
        private readonly RowReader<float> features;
        private readonly float[] planar;
        private readonly LabelReader labels;
        private readonly WeightReader? weights;

        public Cursor(
            LabelledRows rows, DataViewRowCursor cursor, TrainingColumns columns, MissingValueHandling missingValues,
            FitCancellation cancellation)
        {
            this.rows = rows;
            this.cursor = cursor;
            this.columns = columns;
            this.missingValues = missingValues;
            this.cancellation = cancellation;
            features = new RowReader<float>(cursor, columns.Features.Column, columns.FeatureCount);
            planar = new float[columns.Layout.IsPlanar ? columns.FeatureCount : 0];
            labels = new LabelReader(cursor, columns.Label);
            weights = columns.Weight is { } weight ? new WeightReader(cursor, weight) : null;
        }

        /// <exception cref="InvalidOperationException">
        /// A feature, label or weight is not finite, or a weight, or a label that must not be, is negative.
        /// </exception>
        public bool Read(Span<float> row, out float target, out float weight)
        {
            while (cursor.MoveNext())
            {
                cancellation.ThrowIfRequested();
                (target, weight) = (labels.Read(), 1);
                if (float.IsNaN(target))
                {
                    rows.WithoutLabel++;
                    continue;
                }

                weight = weights?.Read() ?? 1;

                // Such a row adds nothing to the loss, but would take part in the statistics of a batch.
                if (weight == 0)
                {
                    rows.WithoutWeight++;
                    continue;
                }

                if (target < 0 && columns.RefusesNegativeLabels)
                    throw Negative(target);
                var values = planar.Length > 0 ? planar : row;
                features.Read(values);
                if (TensorPrimitives.IsFiniteAll<float>(values))
                {
                    if (planar.Length > 0)
                        columns.Layout.ToChannelsLast(planar, row);
                    return true;
                }

                if (missingValues == MissingValueHandling.Error)
                    throw NotFinite(values);
                rows.WithMissingFeatures++;
            }

            (target, weight) = (0, 0);
            return false;
        }

        public void Dispose() => cursor.Dispose();

        private InvalidOperationException Negative(float target) => new(
            $"Column {columns.Label.Subject} has the value {target} in row {cursor.Position}. " +
            $"The losses Poisson and Tweedie need labels of 0 or more: set another {nameof(NeuralNetworkOptions.RegressionLoss)}.");

        private InvalidOperationException NotFinite(ReadOnlySpan<float> row)
        {
            var slot = 0;
            while (float.IsFinite(row[slot]))
                slot++;
            return new InvalidOperationException(
                $"Column {columns.Features.Subject} has the value {row[slot]} in row {cursor.Position}, slot {slot}. " +
                "Training needs finite features: replace missing ones first, for example with ReplaceMissingValues, " +
                $"or set the option {nameof(NeuralNetworkOptions.MissingValues)} to {nameof(MissingValueHandling.SkipRow)}.");
        }
    }
}
