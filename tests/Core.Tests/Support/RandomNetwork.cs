namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Networks drawn from a seed: input, layers, their options and all numbers.</summary>
internal sealed class RandomNetwork(int seed)
{
    private const int MostLayers = 7;

    private readonly Random random = new(seed);

    public Network Make()
    {
        var input = Flip() ? Shape.Image(Number(3, 9), Number(3, 9), Number(1, 5)) : Shape.Vector(Number(2, 20));
        return WithRandomNumbers(new Network(Layers(input, Number(1, MostLayers), depth: 0), input, seed));
    }

    /// <summary>The network with numbers as after training: none that only an initial value could have.</summary>
    public Network WithRandomNumbers(Network network)
    {
        foreach (var parameter in network.Parameters.Where(parameter => parameter.Dimensions.Count == 1))
        {
            var center = parameter.Name.EndsWith(".gamma", StringComparison.Ordinal) ? 1 : 0;
            parameter.Set(Numbers(parameter.Length, () => center + 0.3f * (Number() - 0.5f)));
        }

        foreach (var norm in network.BatchNormLayers)
            network.SetRunningStatistics(
                norm.Name,
                Numbers(norm.RunningMean.Count, () => Number() - 0.5f), Numbers(norm.RunningMean.Count, () => 0.5f + Number()));
        return network;
    }

    private NetworkDefinition Layers(Shape input, int count, int depth)
    {
        var layers = NetworkDefinition.Empty;
        while (layers.Layers.Count < count)
        {
            var layer = Layer(input, depth);
            try
            {
                input = layer.OutputShape(input);
                layers = layers.Add(layer);
            }
            catch (ArgumentException)
            {
                // It does not take this input: the next one may.
            }
        }

        return layers;
    }

    private LayerDefinition Layer(Shape input, int depth) => Number(0, input.Pixels > 1 ? 15 : 9) switch
    {
        0 or 1 => new DenseDefinition(Number(1, 20)) { UseBias = Maybe(Flip()) },
        2 or 3 => Norm(new BatchNormDefinition()),
        4 => Norm(new LayerNormDefinition()),
        5 => Norm(new GroupNormDefinition(Number(1, 4))),
        6 => Activation(),
        7 => new DropoutDefinition(0.3f),
        8 => depth < 2 ? Residual(input, depth) : Activation(),
        9 => Activation(),
        10 or 11 => new Conv2DDefinition(Number(1, 6))
        {
            KernelHeight = Number(1, 3),
            KernelWidth = Number(1, 3),
            Stride = Number(1, 2),
            Padding = Number(0, 2),
            UseBias = Maybe(Flip()),
        },
        12 => new MaxPool2DDefinition(Number(1, 3)) { Stride = Maybe(Number(1, 3)), Padding = Number(0, 2) },
        13 => new AveragePool2DDefinition(Number(1, 3)) { Stride = Maybe(Number(1, 3)), Padding = Number(0, 2) },
        14 => Norm(new InstanceNormDefinition()),
        _ => Flip() ? new FlattenDefinition() : new GlobalAveragePoolDefinition(),
    };

    private NormDefinition Norm(NormDefinition norm) =>
        norm with { Epsilon = Flip() ? 1e-5f : 1e-2f, Center = !Flip() || Flip(), Scale = !Flip() || Flip() };

    private ActivationDefinition Activation()
    {
        var kind = (ActivationKind)Number(1, 7);
        return Flip() ? new ActivationDefinition(kind) : new ActivationDefinition(kind) { Alpha = Number() };
    }

    private ResidualDefinition Residual(Shape input, int depth)
    {
        var inner = Layers(input, Number(1, 3), depth + 1);
        var output = inner.Layers.Aggregate(input, (shape, layer) => layer.OutputShape(shape));
        return new ResidualDefinition(inner)
        {
            Shortcut = Flip() || output.Pixels > 1 ? null : NetworkDefinition.Empty.Dense(output.Size).Tanh(),
        };
    }

    private T? Maybe<T>(T value) where T : struct => Flip() ? value : null;

    private bool Flip() => random.Next(2) == 0;

    private int Number(int smallest, int largest) => random.Next(smallest, largest + 1);

    private float Number() => random.NextSingle();

    private static float[] Numbers(int count, Func<float> draw) => [.. Enumerable.Range(0, count).Select(_ => draw())];
}
