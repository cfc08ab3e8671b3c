using Microsoft.ML;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Models of all tasks do not depend on the number of threads.</summary>
public class DeterminismTests
{
    // Wide enough that its products are shared between threads.
    private const int Units = 256, BatchSize = 256;

    private static readonly NeuralNetworkOptions Wide = Formula.Quick with
    {
        Network = net => net.Dense(Units).BatchNorm().Relu().Dropout(0.1f).Dense(Units).BatchNorm().Relu(),
        BatchSize = BatchSize,
        Epochs = 2,
        ValidationFraction = 0.2f,
    };

    [Fact]
    public void Fit_Multiclass_IsTheSameForOneAndTwoThreads()
    {
        var data = Toy.Keyed(Toy.Examples(rows: 1000));

        AgreeToTheLastBit(options => Toy.PayloadOf(Toy.Trainer(options).Fit(data), data));
    }

    [Fact]
    public void Fit_Binary_IsTheSameForOneAndTwoThreads()
    {
        var data = Formula.View(Formula.YesNos());

        AgreeToTheLastBit(options => Toy.PayloadOf(Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data), data));
    }

    [Fact]
    public void Fit_Regression_IsTheSameForOneAndTwoThreads()
    {
        var data = Formula.View(Formula.Numbers());

        AgreeToTheLastBit(options => Toy.PayloadOf(Toy.ML.Regression.Trainers.NeuralNetwork(options).Fit(data), data));
    }

    private static void AgreeToTheLastBit(Func<NeuralNetworkOptions, byte[]> fit)
    {
        var shares = false;

        var two = fit(Wide with { NumberOfThreads = 2, Progress = _ => shares = BlockRunner.IsShared((long)BatchSize * Units * Units) });
        var one = fit(Wide with { NumberOfThreads = 1 });

        one.Should().Equal(two);
        shares.Should().Be(NumericsThreads.Max > 1, "a network that is not shared between threads would show nothing");
    }
}
