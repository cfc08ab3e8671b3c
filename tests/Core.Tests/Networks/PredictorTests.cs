using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class PredictorTests
{
    private const int Inputs = 5, Classes = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(700)]
    public void Predict_AnyNumberOfRows_EqualsTheNetworkInInference(int rows)
    {
        var network = TrainedABit();
        var features = Some.Values(rows * Inputs, seed: 4);
        var outputs = new float[rows * Classes];

        network.ToPredictor().Predict(features, outputs);

        // The matrix product may sum in another order for another number of rows.
        outputs.ShouldAgree([.. network.Forward(features, rows, Pass.Inference).ToArray().Select(value => (double)value)], 1e-5);
    }

    [Fact]
    public void Predict_RowAloneOrAmongOthers_IsTheSame()
    {
        var predictor = TrainedABit().ToPredictor();
        var features = Some.Values(300 * Inputs, seed: 4);
        var (together, alone) = (new float[300 * Classes], new float[Classes]);
        predictor.Predict(features, together);

        for (var row = 0; row < 300; row++)
        {
            predictor.Predict(features.AsSpan(row * Inputs, Inputs), alone);
            alone.ShouldAgree([.. together.AsSpan(row * Classes, Classes).ToArray().Select(value => (double)value)], 1e-5);   // as above
        }
    }

    [Fact]
    public void Predict_NetworkTrainsOn_StaysTheSame()
    {
        var network = TrainedABit();
        var predictor = network.ToPredictor();
        var features = Some.Values(10 * Inputs, seed: 4);
        var (before, after) = (new float[10 * Classes], new float[10 * Classes]);
        predictor.Predict(features, before);

        foreach (var parameter in network.TrainableParameters)
            parameter.Value.Fill(0.5f);
        network.Forward(features, 10, Some.TrainingPass);
        predictor.Predict(features, after);

        after.Should().Equal(before);
    }

    [Fact]
    public void Predict_ManyThreads_EqualsOne()
    {
        var predictor = TrainedABit().ToPredictor();
        var features = Some.Values(40 * Inputs, seed: 4);
        var expected = new float[40 * Classes];
        predictor.Predict(features, expected);

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            var outputs = new float[40 * Classes];
            predictor.Predict(features, outputs);
            if (!outputs.AsSpan().SequenceEqual(expected))
                throw new InvalidOperationException("A concurrent prediction differs.");
        });
    }

    [Fact]
    public void Predict_WarmedUp_AllocatesNothing()
    {
        var predictor = TrainedABit().ToPredictor();
        var (features, outputs) = (new float[30 * Inputs], new float[30 * Classes]);

        Allocations.Of(() => predictor.Predict(features, outputs)).Should().Be(0);
    }

    [Fact]
    public void Predict_NothingLeftInInference_CopiesTheInputs()
    {
        var outputs = new float[4];
        new Network(NetworkDefinition.Empty.Dropout(0.5f), Shape.Vector(2), seed: 1).ToPredictor().Predict([1, 2, 3, 4], outputs);

        outputs.Should().Equal(1, 2, 3, 4);
    }

    [Theory]
    [InlineData(11, 6)]
    [InlineData(10, 7)]
    [InlineData(10, 3)]
    public void Predict_NoWholeRows_Throws(int features, int outputs)
    {
        var predict = () => TrainedABit().ToPredictor().Predict(new float[features], new float[outputs]);

        predict.Should().Throw<ArgumentException>().WithMessage("Rows of 5 features*3 outputs*");
    }

    private static Network TrainedABit()
    {
        var network = Some.SmallNetwork(Inputs, Classes);
        for (var i = 0; i < 5; i++)
            network.Forward(Some.Values(20 * Inputs, seed: i, scale: 2, shift: 1), 20, Some.TrainingPass);
        return network;
    }
}
