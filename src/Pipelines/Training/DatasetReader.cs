using System.Numerics.Tensors;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Transforms;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Reads the rows of a data view into memory, once, as float32.</summary>
internal static class DatasetReader
{
    /// <summary>Reads all rows that have a label and a weight above 0; class indices count from 0.</summary>
    /// <returns>The rows, and how many were left out because their label is missing.</returns>
    /// <exception cref="InvalidOperationException">A feature or weight is not finite, a weight is negative, or no row has a label.</exception>
    public static (Dataset Data, long WithoutLabel) Read(IDataView input, TrainingColumns columns)
    {
        using var cursor = input.GetRowCursor(columns.Weight is { } w ? [columns.Label, columns.Features, w] : [columns.Label, columns.Features]);
        var getLabel = cursor.GetGetter<uint>(columns.Label);
        var getWeight = columns.Weight is { } weightColumn ? cursor.GetGetter<float>(weightColumn) : null;
        var features = new RowReader<float>(cursor, columns.Features, columns.FeatureCount);

        var builder = new DatasetBuilder(columns.FeatureCount, hasWeights: getWeight is not null);
        var row = new float[columns.FeatureCount];
        uint label = 0;
        var weight = 1f;
        var withoutLabel = 0L;
        while (cursor.MoveNext())
        {
            getLabel(ref label);
            if (label == 0)
            {
                withoutLabel++;
                continue;
            }

            getWeight?.Invoke(ref weight);
            if (!float.IsFinite(weight) || weight < 0)
                throw new InvalidOperationException(
                    $"Column '{columns.Weight!.Value.Name}' has the weight {weight} in row {cursor.Position}. Weights must be finite and 0 or more.");

            // Such a row adds nothing to the loss, but would take part in the statistics of a batch.
            if (weight == 0)
                continue;
            features.Read(row);
            if (!TensorPrimitives.IsFiniteAll<float>(row))
                throw NotFinite(columns.Features.Name, row, cursor.Position);
            builder.Add(row, label - 1, weight);
        }

        if (builder.Rows == 0)
            throw new InvalidOperationException(
                $"There is no row to train on: {withoutLabel} rows have no label in column '{columns.Label.Name}', and the others, if any, have weight 0.");
        return (builder.ToDataset(), withoutLabel);
    }

    private static InvalidOperationException NotFinite(string column, float[] row, long position)
    {
        var slot = Array.FindIndex(row, value => !float.IsFinite(value));
        return new InvalidOperationException(
            $"Column '{column}' has the value {row[slot]} in row {position}, slot {slot}. Training needs finite features: " +
            "replace missing ones first, for example with ReplaceMissingValues.");
    }
}
