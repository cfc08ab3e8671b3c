using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <content>What training does with a network: passes forward and back, and what it leaves alone.</content>
public sealed partial class Network
{
    /// <inheritdoc cref="NetworkPasses.Steps"/>
    internal IReadOnlyList<Layer> RunningLayers => passes.Steps;

    /// <summary>What an optimizer changes: without what is frozen.</summary>
    internal IReadOnlyList<Parameter> TrainableParameters { get; private set; }

    /// <summary>A network with this one's numbers, and its batch norm layers frozen so far; Nothing thaws them.</summary>
    internal Network WithFrozenBatchNorm(BatchNormFreeze freeze) => CopyAs(Definition.WithFrozenBatchNorm(freeze));

    /// <summary>
    /// From now on training leaves the layers up to this one alone: they run as in inference, and no gradient goes through them.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such layer in front of the last one.</exception>
    internal void FreezeThrough(string layer)
    {
        var last = IndexInFront(layer, nameof(FreezeThrough));   // the option of that name
        passes.Freeze(StepsThrough(last));
        TrainableParameters = [.. layers.Skip(last + 1).SelectMany(trained => trained.Parameters)];
    }

    /// <inheritdoc cref="NetworkPasses.Forward(ReadOnlySpan{float}, int, Pass)"/>
    internal Span<float> Forward(ReadOnlySpan<float> inputs, int rows, Pass pass) => PassesFor(pass).Forward(inputs, rows, pass);

    /// <inheritdoc cref="NetworkPasses.Forward(SparseRows, Pass)"/>
    internal Span<float> Forward(SparseRows inputs, Pass pass) => PassesFor(pass).Forward(inputs, pass);

    /// <inheritdoc cref="NetworkPasses.Backward(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    internal void Backward(ReadOnlySpan<float> inputs, ReadOnlySpan<float> outputGradient, Span<float> inputGradient = default) =>
        passes.Backward(inputs, outputGradient, inputGradient);

    /// <inheritdoc cref="NetworkPasses.Backward(SparseRows, ReadOnlySpan{float})"/>
    internal void Backward(SparseRows inputs, ReadOnlySpan<float> outputGradient) => passes.Backward(inputs, outputGradient);

    /// <summary>
    /// What a layer gave for the rows of the last training pass, or what the ReLU behind it gave if it took that in; empty if there was no
    /// such pass, or another one since, or the outputs are not kept.
    /// </summary>
    internal ReadOnlySpan<float> TrainedOutput(int layer)
    {
        while (!passes.Steps.Contains(layers[layer]))
            layer--;
        return passes.TrainedOutput(layers[layer]);
    }

    private int IndexInFront(string layer, string argument)
    {
        var index = Array.FindIndex(layers, candidate => candidate.Name == layer);
        return index >= 0 && index < layers.Length - 1
            ? index
            : throw new ArgumentException(
                $"There is no layer '{layer}' in front of the last one. There are: {string.Join(", ", layers[..^1].Select(l => l.Name))}.",
                argument);
    }

    private int StepsThrough(int layer) => passes.Steps.TakeWhile(step => Array.IndexOf(layers, step) <= layer).Count();

    // Training changes the numbers that the predictor was made of.
    private NetworkPasses PassesFor(Pass pass)
    {
        if (pass.Phase != Phase.Inference)
            predictor = null;
        return passes;
    }
}
