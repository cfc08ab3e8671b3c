using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Optimizers;

// The state of an optimizer inside another payload:
//
//   string rule (Optimizer.RuleName), int64 steps, int32 number of slots, then for each:
//     int32 number of parameters, then for each: array of float32, one per number of the parameter

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>Saves and loads what an optimizer remembers as part of another payload.</summary>
internal static class OptimizerPayload
{
    public static void Write(OptimizerState state, PayloadWriter writer)
    {
        writer.Write(state.Rule);
        writer.Write(state.Steps);
        writer.Write(state.Slots.Length);
        foreach (var slot in state.Slots)
        {
            writer.Write(slot.Length);
            foreach (var values in slot)
                writer.Write(values);
        }
    }

    /// <summary>
    /// Reads the state of an optimizer over these parameters, or over the last of them where the first were frozen. Which optimizer it was
    /// shows when a rule is given the state.
    /// </summary>
    public static OptimizerState Read(PayloadReader reader, IReadOnlyList<Parameter> parameters)
    {
        var (rule, steps) = (reader.ReadString(), reader.ReadInt64());
        if (steps < 0)
            throw reader.Invalid($"its optimizer counts {steps} steps.");
        var slots = new float[reader.ReadCount(sizeof(int))][][];
        foreach (ref var slot in slots.AsSpan())
        {
            var count = reader.ReadCount(sizeof(int));
            if (count == 0 || count > parameters.Count)
                throw reader.Invalid($"its optimizer remembers {count} parameters where the network has {parameters.Count}.");
            slot = [.. parameters.TakeLast(count).Select(parameter => reader.ReadSingles(parameter.Length))];
            if (!slot.All(values => NetworkPayloadNumbers.FirstNotFinite(values) is null))
                throw reader.Invalid("what its optimizer remembers of a weight is not finite.");
        }

        return new OptimizerState(rule, steps, slots);
    }
}
