using System.Numerics.Tensors;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// The rows of a data view that count in training, as float32: those that have a label, a weight above 0 and a class that counts.
/// </summary>
internal sealed class LabelledRows(IDataView input, TrainingColumns columns, FitSession session, SparseFeatures sparse) : IRowStream
{
    private bool? isSparse;

    public int Inputs => columns.FeatureCount;

    public bool HasWeights => columns.Weight is not null;

    /// <summary>Whether they are kept sparse: where they are on every rank.</summary>
    public bool IsSparse => isSparse ??= !session.Ranks.Any(!AreSparse());

    /// <summary>What is to be said of rows that are kept sparse; null: nothing, or not known yet.</summary>
    public string? SparseWarning { get; private set; }

    /// <summary>Rows that the last pass left out because a feature is missing or infinite.</summary>
    public long WithMissingFeatures { get; private set; }

    /// <summary>Rows that the last pass left out because their label is missing.</summary>
    public long WithoutLabel { get; private set; }

    /// <summary>Rows that the last pass left out because their weight, or that of their class, is 0.</summary>
    public long WithoutWeight { get; private set; }

    /// <summary>The label of the rows of the last pass, if they had all the same; else null.</summary>
    public float? OnlyLabel { get; private set; }

    public IRowCursor Open()
    {
        (WithoutLabel, WithoutWeight, WithMissingFeatures, OnlyLabel) = (0, 0, 0, null);
        return new Cursor(this, input.GetRowCursor(columns.All), columns, session.Options, session.Cancellation);
    }

    private bool AreSparse()
    {
        var areSparse = sparse.AreIn(input, columns.Features, columns.FeatureCount, out var warning);
        SparseWarning = warning;
        return areSparse;
    }

    private sealed class Cursor : IRowCursor
    {
        private readonly LabelledRows rows;
        private readonly DataViewRowCursor cursor;
        private readonly TrainingColumns columns;
        private readonly NeuralNetworkOptions options;
        private readonly FitCancellation cancellation;
        private readonly RowReader<float> features;
        private readonly float[] planar;
        private readonly LabelReader labels;
        private readonly WeightReader? weights;
        private bool isFirst = true;

        public Cursor(
            LabelledRows rows, DataViewRowCursor cursor, TrainingColumns columns, NeuralNetworkOptions options,
            FitCancellation cancellation)
        {
            this.rows = rows;
            this.cursor = cursor;
            this.columns = columns;
            this.options = options;
            this.cancellation = cancellation;
            features = new RowReader<float>(cursor, columns.Features, columns.FeatureCount);
            planar = new float[columns.Layout.IsPlanar ? columns.FeatureCount : 0];
            labels = new LabelReader(cursor, columns.Label);
            weights = columns.Weight is { } weight ? new WeightReader(cursor, weight) : null;
        }

        /// <exception cref="InvalidOperationException">
        /// A feature, label or weight is not finite, or a weight, or a label that must not be, is negative.
        /// </exception>
        public bool Read(Span<float> row, out float target, out float weight)
        {
            while (MoveToNext(out target, out weight))
            {
                var values = planar.Length > 0 ? planar : row;
                features.Read(values);
                if (!Counts(values, slots: [], target))
                    continue;
                if (planar.Length > 0)
                    columns.Layout.ToChannelsLast(planar, row);
                return true;
            }

            return false;
        }

        /// <inheritdoc/>
        public bool Read(SparseBuffer sparse, out float target, out float weight)
        {
            while (MoveToNext(out target, out weight))
            {
                ref readonly var row = ref features.ReadVector();
                if (!Counts(row.GetValues(), row.GetIndices(), target))
                    continue;
                sparse.Add(row.GetValues(), row.GetIndices());
                return true;
            }

            return false;
        }

        public void Dispose() => cursor.Dispose();

        private bool MoveToNext(out float target, out float weight)
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
                if (weight == 0 || options.ClassWeights?.LeavesOut((int)target) == true)
                {
                    rows.WithoutWeight++;
                    continue;
                }

                if (target < 0 && columns.RefusesNegativeLabels)
                    throw Negative(target);
                return true;
            }

            (target, weight) = (0, 0);
            return false;
        }

        /// <summary>Whether all features are finite; keeps count of the row. Without slots it is dense.</summary>
        private bool Counts(ReadOnlySpan<float> values, ReadOnlySpan<int> slots, float target)
        {
            if (values.IsEmpty || TensorPrimitives.IsFiniteAll(values))   // which is false of no values at all
            {
                rows.OnlyLabel = isFirst || rows.OnlyLabel == target ? target : null;
                isFirst = false;
                return true;
            }

            if (options.MissingValues == MissingValueHandling.Error)
                throw NotFinite(values, slots);
            rows.WithMissingFeatures++;
            return false;
        }

        private InvalidOperationException Negative(float target) => new(
            $"Column {columns.Label.Subject} has the value {target} in row {cursor.Position}. " +
            $"The losses Poisson and Tweedie need labels of 0 or more: set another {nameof(NeuralNetworkOptions.RegressionLoss)}.");

        private InvalidOperationException NotFinite(ReadOnlySpan<float> values, ReadOnlySpan<int> slots)
        {
            var index = 0;
            while (float.IsFinite(values[index]))
                index++;
            var slot = slots.IsEmpty ? index : slots[index];
            return new InvalidOperationException(
                $"Column {columns.Features.Subject} has the value {values[index]} in row {cursor.Position}, slot {slot}. " +
                "Training needs finite features: replace missing ones first, for example with ReplaceMissingValues, " +
                $"or set the option {nameof(NeuralNetworkOptions.MissingValues)} to {nameof(MissingValueHandling.SkipRow)}.");
        }
    }
}
