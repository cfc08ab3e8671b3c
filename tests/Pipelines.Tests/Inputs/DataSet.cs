using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Data that somebody may bring, and what becomes of it.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Data">The data; with a label of each kind, so that it is the same for every estimator.</param>
internal sealed record DataSet(string Name, Func<IDataView> Data)
{
    /// <summary>How the trainers are asked to take it, where that is not the default.</summary>
    public Func<NeuralNetworkOptions, NeuralNetworkOptions> Training { get; init; } = options => options;

    /// <summary>How batch normalization is asked to take it.</summary>
    public Func<BatchNormalizationOptions, BatchNormalizationOptions> Normalization { get; init; } = options => options;

    /// <summary>What becomes of it in Fit of batch normalization.</summary>
    public Outcome Normalized { get; init; } = Outcome.Works;

    /// <summary>What becomes of it in Fit of the trainer of classes.</summary>
    public Outcome Classes { get; init; } = Outcome.Works;

    /// <summary>What becomes of it in Fit of the trainer of yes and no.</summary>
    public Outcome YesNo { get; init; } = Outcome.Works;

    /// <summary>What becomes of it in Fit of the trainer of numbers.</summary>
    public Outcome Numbers { get; init; } = Outcome.Works;

    /// <summary>What becomes of it in Fit of every trainer.</summary>
    public Outcome Trained
    {
        init => (Classes, YesNo, Numbers) = (value, value, value);
    }

    /// <summary>What becomes of it in Fit of every estimator.</summary>
    public Outcome Fitted
    {
        init => (Normalized, Classes, YesNo, Numbers) = (value, value, value, value);
    }

    /// <summary>What becomes of it when batch normalization that was fitted on ordinary data transforms it.</summary>
    public Outcome NormalizedByAnother { get; init; } = Outcome.Works;

    /// <summary>What becomes of it when a network that was trained on ordinary data predicts it.</summary>
    public Outcome Predicted { get; init; } = Outcome.Works;

    /// <summary>What becomes of it when any model that was fitted on ordinary data transforms it.</summary>
    public Outcome Transformed
    {
        init => (NormalizedByAnother, Predicted) = (value, value);
    }

    /// <summary>Whether features are missing, and so what is computed of them.</summary>
    public bool HasMissing { get; init; }
}

/// <summary>
/// One row with a label of every kind. In a class ML.NET counts keys from 0, and one out of range is missing.
/// </summary>
internal class Anything
{
    public const uint MissingKey = uint.MaxValue;

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    [KeyType(3)]
    public uint Class { get; set; }

    public bool YesNo { get; set; }

    public float Number { get; set; }

    public float Weight { get; set; } = 1;

    public string Text { get; set; } = "";
}
