using System.Globalization;
using ImageClassification.Charts;
using MLNet.BatchNorm;

namespace ImageClassification.Study;

/// <summary>
/// How strongly the loss pulls at each layer of a deep network before it has learned anything: eight layers of 100 units, whose first
/// weights are chosen so that gradients vanish or explode without batch normalization (Glorot and Bengio, 2010; He et al., 2015).
/// </summary>
internal static class GradientFlow
{
    private const int HiddenLayers = 8, Units = 100, BatchSize = 60;

    private static readonly (ActivationKind Activation, float Std)[] Networks =
        [(ActivationKind.Sigmoid, 0.1f), (ActivationKind.Relu, 0.05f), (ActivationKind.Relu, 0.5f)];

    private static readonly int[] LayersShown = [1, 2, 4, 8];

    public static Section Run(Digits digits)
    {
        Candidate[] candidates =
        [
            .. from isNormalized in new[] { true, false }
               from network in Networks
               select new Candidate(network.Activation, network.Std, isNormalized),
        ];
        var runs = Seeds.Run(candidates, (candidate, seed) => LogNorms(digits, candidate, seed));
        return new Section(
            "Gradients that neither vanish nor explode",
            $"{HiddenLayers} hidden layers of {Units} units, whose first weights are too small or too large. The norm of the gradient of "
            + "each layer's weights in the first batch, before anything was learned: the geometric mean over the seeds. Last column: how "
            + $"many powers of ten layer {HiddenLayers} has more than layer 1.",
            new Table(
                ["network, first weights", "batch norm", .. LayersShown.Select(layer => $"layer {layer}"), "output", "decades"],
                [.. candidates.Zip(runs, Row)]),
            [
                new Picture("gradient-norms", new LineChart(
                    "Norm of the weights' gradient, first batch",
                    new Axis("layer, from the input", [.. Enumerable.Range(1, HiddenLayers + 1)]),
                    new Axis("norm", [1e-6, 1e-4, 1e-2, 1, 100, 1e4, 1e6], IsLogarithmic: true),
                    [.. candidates.Zip(runs, Line)])),
            ]);
    }

    private static string[] Row(Candidate candidate, double[][] runs) =>
    [
        candidate.Name, candidate.IsNormalized ? "yes" : "no",
        .. LayersShown.Append(HiddenLayers + 1).Select(layer => Mean(runs, layer).ToString("0.0e+0", CultureInfo.InvariantCulture)),
        $"{Spread.Of([.. runs.Select(run => run[HiddenLayers - 1] - run[0])])}",
    ];

    private static Series Line(Candidate candidate, double[][] runs) => new(
        candidate.IsNormalized ? candidate.Name : $"{candidate.Name}, no batch norm",
        Array.IndexOf(Networks, (candidate.Activation, candidate.Std)),
        [.. Enumerable.Range(1, HiddenLayers + 1).Select(layer => new Point(layer, Mean(runs, layer)))])
    {
        IsDashed = !candidate.IsNormalized,
        HasDots = true,
    };

    private static double Mean(double[][] runs, int layer) => Math.Pow(10, runs.Average(run => run[layer - 1]));

    /// <summary>Logarithms to base 10 for each dense layer, the output layer included, in the first batch.</summary>
    private static double[] LogNorms(Digits digits, Candidate candidate, int seed)
    {
        using var stop = new CancellationTokenSource();
        double[] norms = [];
        digits.Train(new NeuralNetworkOptions
        {
            Network = candidate.Build,
            Initializer = Initializer.Normal(candidate.Std),
            BatchSize = BatchSize,
            Schedule = new ConstantSchedule(),
            NormalizeFeatures = false,
            PreciseStatisticsRows = null,
            Seed = seed,
            BatchProgressEvery = 1,
            BatchProgress = batch =>
            {
                var dense = batch.Layers.Where(layer => layer.Name.StartsWith("dense", StringComparison.Ordinal));
                norms = [.. dense.Select(layer => Math.Log10(layer.GradientNorm))];
                stop.Cancel();
            },
            CancellationToken = stop.Token,
        });
        return norms;
    }

    /// <param name="Activation">Sigmoid or ReLU.</param>
    /// <param name="Std">Deviation of the first weights.</param>
    /// <param name="IsNormalized">With batch normalization in front of every activation.</param>
    internal sealed record Candidate(ActivationKind Activation, float Std, bool IsNormalized)
    {
        public string Name => $"{(Activation == ActivationKind.Relu ? "ReLU" : "sigmoid")}, {Std}";

        public NetworkDefinition Build(NetworkDefinition net)
        {
            for (var i = 0; i < HiddenLayers; i++)
            {
                net = net.Dense(Units);
                net = (IsNormalized ? net.BatchNorm() : net).Add(new ActivationDefinition(Activation));
            }

            return net;
        }
    }
}
