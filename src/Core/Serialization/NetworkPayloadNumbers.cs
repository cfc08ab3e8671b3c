using System.Runtime.CompilerServices;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>
/// The numbers of all layers in a network's payload (layout: NetworkPayload.cs). All are finite and no running variance is negative: a
/// network with others predicts NaN, so that it is neither saved nor loaded.
/// </summary>
internal static class NetworkPayloadNumbers
{
    /// <exception cref="InvalidOperationException">A number is not finite.</exception>
    public static void Write(Network network, PayloadWriter writer, bool leavesOutRows)
    {
        foreach (var layer in network.Layers)
            Write(layer, writer, leavesOutRows && layer == network.Layers[0]);
    }

    /// <exception cref="ModelFormatException">They are those of other layers, or one is not finite.</exception>
    public static void Read(Network network, PayloadReader reader, bool leavesOutRows)
    {
        foreach (var layer in network.Layers)
            Read(layer, reader, leavesOutRows && layer == network.Layers[0]);
    }

    private static void Write(Layer layer, PayloadWriter writer, bool leavesOutRows)
    {
        if (layer is BlockLayer block)
        {
            foreach (var part in block.Parts)
                Write(part, writer, leavesOutRows: false);
            return;
        }

        if (Fault(layer) is { } fault)
            throw new InvalidOperationException(
                $"The network cannot be saved: {fault}. Its training has diverged. Use a smaller learning rate or ClipNorm, and look for "
                + "features or labels that are far larger than the others.");
        foreach (var parameter in layer.SavedParameters)
            if (leavesOutRows && parameter == layer.SavedParameters[0])
                NetworkPayloadRows.Write(parameter, writer);
            else
                writer.Write(parameter.Value);
        if (layer is not BatchNormLayer norm)
            return;
        writer.Write(norm.RunningMean);
        writer.Write(norm.RunningVariance);
        writer.Write(norm.Batches);
    }

    private static void Read(Layer layer, PayloadReader reader, bool leavesOutRows)
    {
        if (layer is BlockLayer block)
        {
            foreach (var part in block.Parts)
                Read(part, reader, leavesOutRows: false);
            return;
        }

        foreach (var parameter in layer.SavedParameters)
            if (leavesOutRows && parameter == layer.SavedParameters[0])
                NetworkPayloadRows.Read(parameter, reader);
            else
                reader.ReadSingles(parameter.Value);
        if (layer is BatchNormLayer norm)
        {
            reader.ReadSingles(norm.RunningMean);
            reader.ReadSingles(norm.RunningVariance);
            norm.Batches = reader.ReadInt64();
            if (norm.Batches < 0)
                throw reader.Invalid($"layer '{norm.Name}' counts {norm.Batches} batches.");
        }

        if (Fault(layer) is { } fault)
            throw reader.Invalid($"{fault}.");
    }

    /// <summary>The first number that no network can predict with, in words.</summary>
    private static string? Fault(Layer layer)
    {
        foreach (var parameter in layer.SavedParameters)
            if (FirstNotFinite(parameter.Value) is { } fault)
                return $"its parameter '{parameter.Name}' has the value {fault}";
        if (layer is not BatchNormLayer norm)
            return null;
        if (FirstNotFinite(norm.RunningMean) is { } mean)
            return $"the running mean of '{norm.Name}' has the value {mean}";
        if (FirstNotFinite(norm.RunningVariance) is { } variance)
            return $"the running variance of '{norm.Name}' has the value {variance}";
        foreach (var value in norm.RunningVariance)
            if (value < 0)
                return $"the running variance of '{norm.Name}' has the value {value}";
        return null;
    }

    // A loop, and compiled for speed at once: the generic ones of TensorPrimitives take longer to compile than most networks to check.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float? FirstNotFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (!float.IsFinite(value))
                return value;
        return null;
    }
}
