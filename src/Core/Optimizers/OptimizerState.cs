using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>What an optimizer remembers between steps, apart from its options: enough to go on exactly as before. Immutable.</summary>
internal sealed class OptimizerState
{
    private readonly string rule;
    private readonly long steps;
    private readonly float[][][] slots;   // kind of memory, parameter, element

    private OptimizerState(string rule, long steps, float[][][] slots)
    {
        this.rule = rule;
        this.steps = steps;
        this.slots = slots;
    }

    public static OptimizerState Of(UpdateRule rule)
    {
        // Without the padding, whose length differs between machines.
        float[][] Unpadded(float[][] slot) => [.. slot.Zip(rule.Parameters, (values, parameter) => values[..parameter.Length])];
        return new OptimizerState(rule.Name, rule.Steps, [.. rule.Slots.Select(Unpadded)]);
    }

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    public static OptimizerState Read(PayloadReader reader)
    {
        var (rule, steps) = (reader.ReadString(), reader.ReadInt64());
        if (steps < 0)
            throw reader.Invalid($"its optimizer counts {steps} steps.");
        var slots = new float[reader.ReadCount(sizeof(int))][][];
        foreach (ref var slot in slots.AsSpan())
        {
            slot = new float[reader.ReadCount(sizeof(int))][];
            foreach (ref var values in slot.AsSpan())
                values = reader.ReadSingles();
        }

        return new OptimizerState(rule, steps, slots);
    }

    /// <summary>
    /// string rule, int64 steps, int32 number of slots; for each: int32 number of parameters, and an array of float32 for each of them.
    /// </summary>
    public void Write(PayloadWriter writer)
    {
        writer.Write(rule);
        writer.Write(steps);
        writer.Write(slots.Length);
        foreach (var slot in slots)
        {
            writer.Write(slot.Length);
            foreach (var values in slot)
                writer.Write(values);
        }
    }

    /// <summary>Makes a rule remember this.</summary>
    /// <exception cref="ArgumentException">It is another rule, has other options, or is over other parameters.</exception>
    public void RestoreTo(UpdateRule target)
    {
        var lengths = target.Parameters.Select(parameter => parameter.Length);
        if (rule != target.Name || slots.Length != target.Slots.Count
            || !slots.All(slot => slot.Select(values => values.Length).SequenceEqual(lengths)))
            throw new ArgumentException(
                $"The saved state is of {rule} with {slots.Length} numbers per weight, over {Weights} weights; it does not fit "
                + $"{target.Name} with {target.Slots.Count} numbers per weight, over {lengths.Sum()}. Use the optimizer and network "
                + "that it was saved with, or start without the state.");

        target.Steps = steps;
        for (var slot = 0; slot < slots.Length; slot++)
            for (var p = 0; p < slots[slot].Length; p++)
                slots[slot][p].CopyTo(target.Slots[slot][p], 0);
    }

    private int Weights => slots.Length == 0 ? 0 : slots[0].Sum(values => values.Length);
}
