using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>What an optimizer remembers between steps, apart from its options: enough to go on exactly as before. Immutable.</summary>
/// <param name="Rule">Its <see cref="Optimizer.RuleName"/>.</param>
/// <param name="Steps">Steps so far.</param>
/// <param name="Slots">For each kind of memory one array per parameter, without padding, whose length differs between machines.</param>
internal sealed record OptimizerState(string Rule, long Steps, float[][][] Slots)
{
    private int Weights => Slots.Length == 0 ? 0 : Slots[0].Sum(values => values.Length);

    public static OptimizerState Of(UpdateRule rule)
    {
        float[][] Unpadded(AlignedBuffer[] slot) =>
            [.. slot.Zip(rule.Parameters, (values, parameter) => values.Span[..parameter.Length].ToArray())];
        return new OptimizerState(rule.Name, rule.Steps, [.. rule.Slots.Select(Unpadded)]);
    }

    /// <summary>Makes a rule remember this.</summary>
    /// <exception cref="ArgumentException">It is another rule, has other options, or is over other parameters.</exception>
    public void RestoreTo(UpdateRule target)
    {
        var lengths = target.Parameters.Select(parameter => parameter.Length);
        if (Rule != target.Name || Slots.Length != target.Slots.Count
            || !Slots.All(slot => slot.Select(values => values.Length).SequenceEqual(lengths)))
            throw new ArgumentException(
                $"The saved state is of {Rule} with {Slots.Length} numbers per weight, over {Weights} weights; it does not fit "
                + $"{target.Name} with {target.Slots.Count} numbers per weight, over {lengths.Sum()}. Use the optimizer and network "
                + "that it was saved with, or start without the state.");

        target.Steps = Steps;
        for (var slot = 0; slot < Slots.Length; slot++)
            for (var p = 0; p < Slots[slot].Length; p++)
                Slots[slot][p].CopyTo(target.Slots[slot][p].Span);
    }
}
