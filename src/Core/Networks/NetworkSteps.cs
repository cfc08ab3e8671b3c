using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>Which of a network's layers run, and which of them together.</summary>
internal static class NetworkSteps
{
    /// <summary>
    /// The layers without a ReLU that the layer in front of it takes in, and without a flatten, which changes nothing in memory.
    /// </summary>
    public static Layer[] Of(Layer[] layers)
    {
        var steps = new List<Layer>();
        foreach (var layer in layers)
        {
            var isTaken = steps.Count > 0 && (layer.IsReshape || (layer.IsRelu && steps[^1].TakeRelu()));
            if (!isTaken)
                steps.Add(layer);
        }

        return [.. steps];
    }

    /// <summary>For each step what trains it and the next one at once, or null.</summary>
    public static ITrainingStep?[] JointsOf(Layer[] steps) =>
        [.. steps.Select((step, i) => i + 1 < steps.Length ? step.JoinedWith(steps[i + 1]) : null)];

    /// <summary>
    /// The first step that has parameters, else the last one: those in front of it, as an encoding of the features, need no gradient.
    /// </summary>
    public static int FirstThatLearns(Layer[] steps)
    {
        var i = 0;
        while (i < steps.Length - 1 && steps[i].Parameters.Count == 0)
            i++;
        return i;
    }
}
