// The body of an NNPR payload, version 4 (head, checksum and the form of numbers and arrays: Core's PayloadFormat.cs):
//
//   string feature column
//   from version 3 on: byte layout of the features (ChannelLayout; per slot where they are a vector)
//   the network (Core's NetworkPayload.cs)
//   from version 2 on: byte stop reason (StopReason), int32 best epoch or 0, the history without times (Core's HistoryPayload.cs)
//   from version 4 on: boolean has optimizer state, and if so the state (Core's OptimizerPayload.cs)
//   byte task, and what its head writes (Prediction/*Head.cs)
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Interop;
using MLNet.BatchNorm.Transforms.Mapping;

[assembly: LoadableClass(
    typeof(NeuralNetworkPredictionTransformer), null, typeof(SignatureLoadModel), "Neural network predictions",
    NeuralNetworkPredictionTransformer.LoaderName)]

namespace MLNet.BatchNorm;

/// <summary>
/// Adds the predictions of a trained network to the data. Immutable and safe for concurrent prediction; saved in and loaded from model zips
/// like ML.NET's own models.
/// </summary>
/// <example>
/// <code>
/// NeuralNetworkPredictionTransformer model = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 20).Fit(data);
/// ml.Model.Save(model, data.Schema, "price.zip");
/// ITransformer loaded = ml.Model.Load("price.zip", out _);
/// float[] prices = [.. loaded.Transform(data).GetColumn&lt;float>("Score")];
/// Console.WriteLine(prices.Length);   // 120
/// </code>
/// </example>
public sealed class NeuralNetworkPredictionTransformer :
    ISingleFeaturePredictionTransformer<NeuralNetworkModelParameters>,
    ISingleFeaturePredictionTransformer
{
    internal const string LoaderName = "MLNBNeuralNetwork";

    internal static readonly ModelEntry Entry =
        new("NEURLNET", LoaderName, typeof(NeuralNetworkPredictionTransformer), new PayloadKind("NNPR", "neural network", Version: 4));

    internal NeuralNetworkPredictionTransformer(string featureColumnName, NeuralNetworkModelParameters model)
    {
        FeatureColumnName = featureColumnName;
        FeatureColumnType = new VectorDataViewType(NumberDataViewType.Single, model.InputCount);
        Model = model;
    }

    /// <summary>Name of the column that the features are read from.</summary>
    public string FeatureColumnName { get; }

    /// <summary>Type of that column: a vector of float of the size that the network was trained with.</summary>
    public DataViewType FeatureColumnType { get; }

    /// <summary>The network.</summary>
    public NeuralNetworkModelParameters Model { get; }

    /// <summary>Always true: each row is predicted on its own.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing, of another type or of another size than in
    /// training.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing, of another type or of another size than in
    /// training.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => MapperFor(inputSchema, nameof(inputSchema));

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing, of another type or of another size than in
    /// training.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, MapperFor(input.Schema, nameof(input)));
    }

    /// <summary>The same model with another network: one that was changed by hand, folded, or loaded.</summary>
    /// <param name="network">Takes and gives what the present one does. It is copied.</param>
    /// <returns>A model with the same columns and labels and the history of this one; what an optimizer remembered is left out.</returns>
    /// <exception cref="ArgumentException">The network takes or gives values of another shape.</exception>
    public NeuralNetworkPredictionTransformer WithNetwork(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.InputShape != Model.InputShape || network.OutputShape != Model.Network.OutputShape)
            throw new ArgumentException(
                $"The model has a network from {Model.InputShape} to {Model.Network.OutputShape}, this one goes from "
                + $"{network.InputShape} to {network.OutputShape}.",
                nameof(network));
        var training = new TrainingResult(Model.History, Model.StopReason, Model.BestEpoch, optimizerState: null);
        var model = new NeuralNetworkModelParameters(network.Copy(), Model.Layout, Model.Head, training);
        return new NeuralNetworkPredictionTransformer(FeatureColumnName, model);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => Entry.Save(ctx, payload =>
    {
        payload.Write(FeatureColumnName);
        payload.Write((byte)Model.InputLayout);
        NetworkPayload.Write(Model.Network, payload);
        WriteTraining(payload);
        Model.Head.Write(payload);
    });

    /// <summary>The layers of the network as a table.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString() => Model.ToString();

    // Called by ML.NET through LoadableClass.
    internal static NeuralNetworkPredictionTransformer Create(IHostEnvironment _, ModelLoadContext ctx) => Read(Entry.Open(ctx));

    internal static NeuralNetworkPredictionTransformer Read(PayloadReader payload)
    {
        var featureColumnName = payload.ReadString();
        var order = payload.Version < 3 ? ChannelLayout.PerSlot : (ChannelLayout)payload.ReadByte();
        var network = NetworkPayload.Read(payload);
        var training = payload.Version == 1
            ? new TrainingResult(new TrainingHistory([]), StopReason.Completed, bestEpoch: null, optimizerState: null)
            : ReadTraining(payload, network);
        var head = PredictionHead.Read(payload, network.OutputShape.Size);
        payload.Close();
        if (!Enum.IsDefined(order))
            throw payload.Invalid($"its order of features {(int)order} is unknown.");
        var layout = new FeatureLayout(network.InputShape, order);
        var model = new NeuralNetworkModelParameters(network, layout, head, training);
        return new NeuralNetworkPredictionTransformer(featureColumnName, model);
    }

    private void WriteTraining(PayloadWriter payload)
    {
        payload.Write((byte)Model.StopReason);
        payload.Write(Model.BestEpoch ?? 0);
        HistoryPayload.Write([.. Model.History.Select(epoch => epoch with { RowsPerSecond = 0, Elapsed = TimeSpan.Zero })], payload);
        payload.Write(Model.HasOptimizerState);
        if (Model.OptimizerState is { } optimizerState)
            OptimizerPayload.Write(optimizerState, payload);
    }

    private static TrainingResult ReadTraining(PayloadReader payload, Network network)
    {
        var stopReason = (StopReason)payload.ReadByte();
        if (!Enum.IsDefined(stopReason))
            throw payload.Invalid($"its stop reason {(int)stopReason} is unknown.");
        var bestEpoch = payload.ReadInt32();
        var history = HistoryPayload.Read(payload);
        if (bestEpoch < 0 || bestEpoch > history.Count)
            throw payload.Invalid($"its best epoch is {bestEpoch} of {history.Count}.");
        var optimizerState = payload.Version >= 4 && payload.ReadBoolean()
            ? OptimizerPayload.Read(payload, network.TrainableParameters)
            : null;
        return new TrainingResult(history, stopReason, bestEpoch == 0 ? null : bestEpoch, optimizerState);
    }

    private NeuralNetworkMapper MapperFor(DataViewSchema inputSchema, string parameter)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var features = TrainingColumns.FindFeatures(inputSchema, TrainingColumns.FeatureReference(FeatureColumnName, parameter));
        if (((VectorDataViewType)features.Type).Size != Model.InputCount)
            throw features.Mismatch($"{Model.InputCount} values, as in the data it was trained on");
        Model.Layout.Check(features);
        return new NeuralNetworkMapper(inputSchema, features.Column, Model);
    }
}
