namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Networks drawn from a seed: input, layers, their options and all numbers.</summary>
internal sealed class RandomNetwork(int seed)
{
    private const int MostLayers = 7;
    private const int LeastGroup = 4;

    private readonly Random random = new(seed);

    public Network Make()
    {
        var input = Flip() ? Shape.Image(Number(3, 9), Number(3, 9), Number(1, 5)) : Shape.Vector(Number(2, 20));
        var start = input.Pixels == 1 && Number(0, 3) == 0
            ? NetworkDefinition.Empty.Add(Some.Encoding(input.Size))
            : NetworkDefinition.Empty;
        return WithRandomNumbers(new Network(Layers(start, input, Number(1, MostLayers), depth: 0), input, seed));
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

    private NetworkDefinition Layers(NetworkDefinition layers, Shape input, int count, int depth)
    {
        input = layers.Layers.Aggregate(input, (shape, layer) => layer.OutputShape(shape));
        count += layers.Layers.Count;
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

    private LayerDefinition Layer(Shape input, int depth) => Number(0, input.Pixels > 1 ? 19 : 12) switch
    {
        0 or 1 => new DenseDefinition(Number(1, 20)) { UseBias = Maybe(Flip()) },
        2 => Norm(BatchNorm()),
        3 => Norm(Flip() ? BatchNorm() : Renormalized()),
        4 => Norm(new LayerNormDefinition()),
        // A group of two values becomes plus and minus 1, whatever they are: how they were rounded would decide.
        5 => Norm(new GroupNormDefinition(Math.Clamp(input.Size / LeastGroup, 1, Number(1, 4)))),
        6 => new RmsNormDefinition { Epsilon = Flip() ? 1e-5f : 1e-2f },
        7 or 8 => Activation(),
        9 => new PReluDefinition(),
        10 => new DropoutDefinition(0.3f),
        11 => depth < 2 ? Residual(input, depth) : Activation(),
        12 => depth < 2 ? new ConcatDefinition(Layers(NetworkDefinition.Empty, input, Number(1, 3), depth + 1)) : Activation(),
        13 or 14 => new Conv2DDefinition(Number(1, 6))
        {
            KernelHeight = Number(1, 3),
            KernelWidth = Number(1, 3),
            Stride = Size(2),
            Padding = Padding(),
            Dilation = Size(2),
            Groups = Flip() ? 1 : input.Channels,
            UseBias = Maybe(Flip()),
        },
        15 => new MaxPool2DDefinition(Size(3)) { Stride = Maybe(Size(3)), Padding = Padding(), Dilation = Size(2), CeilMode = Flip() },
        16 => new AveragePool2DDefinition(Size(3)) { Stride = Maybe(Size(3)), Padding = Padding(), CeilMode = Flip() },
        17 => Norm(new InstanceNormDefinition()),
        18 => Flip() ? new FlattenDefinition() : new GlobalAveragePoolDefinition(),
        _ => new GlobalMaxPoolDefinition(),
    };

    private BatchNormDefinition BatchNorm() => new()
    {
        Freeze = Number(0, 3) > 0 ? BatchNormFreeze.Nothing : (BatchNormFreeze)Number(1, 2),
        VirtualBatchSize = Number(0, 3) > 0 ? null : Number(2, 4),
        WeightedStatistics = Number(0, 3) == 0,
    };

    private BatchNormDefinition Renormalized() => new()
    {
        Renormalization = new BatchRenormalization
        {
            RMax = 1 + Number(),
            DMax = Number(),
            WarmupBatches = 0,
            RMaxReachedAfter = 0,
            DMaxReachedAfter = 0,
        },
    };

    private NormDefinition Norm(NormDefinition norm) =>
        norm with { Epsilon = Flip() ? 1e-5f : 1e-2f, Center = !Flip() || Flip(), Scale = !Flip() || Flip() };

    private ActivationDefinition Activation()
    {
        var kind = (ActivationKind)Number(1, 11);
        return Flip() ? new ActivationDefinition(kind) : new ActivationDefinition(kind) { Alpha = Number() };
    }

    private ResidualDefinition Residual(Shape input, int depth)
    {
        var inner = Layers(NetworkDefinition.Empty, input, Number(1, 3), depth + 1);
        var output = inner.Layers.Aggregate(input, (shape, layer) => layer.OutputShape(shape));
        return new ResidualDefinition(inner)
        {
            Shortcut = Flip() || output.Pixels > 1 ? null : NetworkDefinition.Empty.Dense(output.Size).Tanh(),
        };
    }

    private Size2D Size(int largest) => new(Number(1, largest), Number(1, largest));

    private Padding2D Padding() => new(Number(0, 2), Number(0, 2), Number(0, 2), Number(0, 2));

    private T? Maybe<T>(T value) where T : struct => Flip() ? value : null;

    private bool Flip() => random.Next(2) == 0;

    private int Number(int smallest, int largest) => random.Next(smallest, largest + 1);

    private float Number() => random.NextSingle();

    private static float[] Numbers(int count, Func<float> draw) => [.. Enumerable.Range(0, count).Select(_ => draw())];
}
