using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

/// <summary>Networks whose first layer takes sparse rows.</summary>
public class SparseTrainingTests
{
    private const int Inputs = 83;

    public static TheoryData<Optimizer> StatelessRules =>
        [new Sgd { LearningRate = 0.1f }, new Sgd { LearningRate = 0.1f, ClipNorm = 0.2f }];

    public static TheoryData<Optimizer> AllRules =>
    [
        new Sgd { LearningRate = 0.1f, Momentum = 0.9f, Nesterov = true }, new Adagrad { LearningRate = 0.1f },
        new RmsProp { Momentum = 0.5f, Centered = true }, new Adam { LearningRate = 0.01f, WeightDecay = 0.1f, L1Penalty = 0.01f },
        new AdamW { LearningRate = 0.01f, WeightDecay = 0.1f },
    ];

    // Whatever has no memory and no decay does nothing to weights whose gradient is 0.
    [Theory]
    [MemberData(nameof(StatelessRules))]
    public void Run_RuleWithoutMemory_TrainsAsDenseRowsDo(Optimizer optimizer)
    {
        var (sparse, dense) = SparseSome.Rows(150, Inputs, seed: 1, weighted: true);

        var (ofSparse, ofDense) = (Trained(sparse, optimizer), Trained(dense, optimizer));

        if (optimizer.ClipNorm is null)
            ofSparse.Should().Equal(ofDense);
        else
            ofSparse.ShouldAgree([.. ofDense.Select(weight => (double)weight)], 1e-6);   // the norm adds up in another order
        ofSparse.Should().NotEqual(Trained(sparse, new Sgd { LearningRate = 1e-30f }));
    }

    [Fact]
    public void Run_StreamedInOnePool_TrainsTheSameEveryTime()
    {
        var rows = SparseSome.Rows(150, Inputs, seed: 1, budget: 2_000).Sparse;

        rows.Should().BeOfType<StreamedRows>();
        Trained(rows, new Adam()).Should().Equal(Trained(rows, new Adam()));
    }

    // One dense layer, so that the gradient of a step is known: every touched row moves as in a dense training in which only the steps that
    // touch it count, but for Adam's corrections, which go by the number of all steps.
    [Theory]
    [MemberData(nameof(AllRules))]
    public void Step_RowNotTouched_StaysWithAllThatIsRememberedOfIt(Optimizer optimizer)
    {
        var sparse = new Parameter("w", [6, 5], decays: true);
        var dense = new Parameter("w", [6, 5], decays: true);
        Some.Values(30, seed: 1).CopyTo(sparse.Value);
        sparse.Value.CopyTo(dense.Value);
        var (sparseRule, denseRule) = (optimizer.Over([sparse]), optimizer.Over([dense]));
        int[][] touches = [[0, 3, 4], [3], [], [5, 0, 3]];

        for (var step = 0; step < touches.Length; step++)
        {
            var before = dense.Value.ToArray();
            var remembered = denseRule.Slots.Select(slot => slot[0].Span.ToArray()).ToArray();
            var gradient = Some.Values(5 * touches[step].Length, seed: 10 + step);
            gradient.CopyTo(sparse.TouchRows(touches[step]));
            dense.TouchAll().Clear();
            for (var i = 0; i < touches[step].Length; i++)
                gradient.AsSpan(5 * i, 5).CopyTo(dense.Gradient[(5 * touches[step][i])..]);

            sparseRule.Step(0.01f);
            denseRule.Step(0.01f);

            // Takes back what the dense rule did to the other rows.
            foreach (var row in Enumerable.Range(0, 6).Except(touches[step]))
            {
                before.AsSpan(5 * row, 5).CopyTo(dense.Value[(5 * row)..]);
                for (var s = 0; s < remembered.Length; s++)
                    remembered[s].AsSpan(5 * row, 5).CopyTo(denseRule.Slots[s][0].Span[(5 * row)..]);
            }

            sparse.Value.ToArray().Should().Equal(dense.Value.ToArray(), "of step {0}", step);
        }

        for (var s = 0; s < denseRule.Slots.Count; s++)
            sparseRule.Slots[s][0].Span.ToArray().Should().Equal(denseRule.Slots[s][0].Span.ToArray());
        sparse.Value[5..15].ToArray().Should().Equal(Some.Values(30, seed: 1)[5..15]);   // rows 1 and 2 were never touched
    }

    [Fact]
    public void Step_MoreTouchedRowsThanOnePieceHolds_AreAllUpdated()
    {
        const int rows = 700, width = 7;
        var parameter = new Parameter("w", [rows, width], decays: true);
        int[] touched = [.. Enumerable.Range(0, rows).Where(row => row % 3 != 0).Reverse()];
        parameter.TouchRows(touched).Fill(1);

        new Sgd().Over([parameter]).Step(0.5f);

        parameter.Value.ToArray().Should().Equal(Enumerable.Range(0, rows * width).Select(i => i / width % 3 == 0 ? 0 : -0.5f));
    }

    [Fact]
    public void Backward_RandomUpstream_MatchesFiniteDifferences()
    {
        const int rows = 9, units = 6;
        var layer = (DenseLayer)Some.Layer(new DenseDefinition(units), Inputs);
        var x = SparseSome.Dense(rows, Inputs, seed: 2);
        var (y, upstream) = (new float[rows * units], Some.Values(rows * units, seed: 3));
        var weights = layer.Parameters[0].Value.ToArray().Select(value => (double)value).ToArray();
        double[] Outputs(double[] w) =>
        [
            .. from row in Enumerable.Range(0, rows)
               from unit in Enumerable.Range(0, units)
               select Enumerable.Range(0, Inputs).Sum(input => x[row * Inputs + input] * w[input * units + unit]),
        ];
        var expected = FiniteDifference.Gradient(Outputs, weights, [.. upstream.Select(value => (double)value)]);

        var sparse = SparseSome.Sparse(x, Inputs).All;
        layer.Forward(sparse, y);
        layer.Backward(sparse, y, upstream);

        var weight = layer.Parameters[0];
        y.ShouldAgree(Outputs(weights), 1e-5);
        weight.TouchedRows.ToArray().Order().Should().Equal(
            Enumerable.Range(0, Inputs).Where(input => Enumerable.Range(0, rows).Any(row => x[row * Inputs + input] != 0)));
        for (var i = 0; i < weight.TouchedRows.Length; i++)
            weight.Gradient.Slice(i * units, units).ShouldAgree(
                [.. expected.Skip(weight.TouchedRows[i] * units).Take(units)], 1e-5);   // sums of up to 9 float32 products of about 1
        layer.Parameters[1].Gradient.ShouldAgree(
            [.. Enumerable.Range(0, units).Select(unit => Enumerable.Range(0, rows).Sum(row => (double)upstream[row * units + unit]))],
            1e-5);
    }

    [Fact]
    public void Train_OnceEveryRowWasSeen_AllocatesNothing()
    {
        var (rows, _) = SparseSome.Rows(96, Inputs, seed: 5, weighted: true);
        var network = NewNetwork();
        var step = new TrainingStep(
            network, new SoftmaxCrossEntropy(), new Adam { ClipNorm = 1 }.Over(network.TrainableParameters), new CounterRandom(1), 32);
        using var batches = rows.InBatches(32);
        var meter = step.NewMeter();

        Allocations.Of(() =>
        {
            batches.Start(new CounterRandom(2));
            for (var i = 0; i < batches.Count; i++)
                step.Train(batches.Next(), 1, 1e-3f, meter);
        }).Should().Be(0);
    }

    [Fact]
    public void Clear_ColumnsWithoutAValue_HaveWeightZeroAndStaySo()
    {
        var (sparse, _) = SparseSome.Rows(150, Inputs, seed: 1);
        var network = NewNetwork();
        var first = network.TrainableParameters[0].Value[..9].ToArray();

        UnseenColumns.Clear(network, sparse);
        network.TrainableParameters[0].Value[..9].ToArray().Should().Equal(first);
        new TrainingLoop(network, new SoftmaxCrossEntropy(), new TrainingSettings { Optimizer = new AdamW(), Epochs = 2 }).Run(sparse);

        var weight = network.TrainableParameters[0].Value;
        weight[(Inputs * 9 / 10 * 9)..].ToArray().Should().OnlyContain(value => value == 0);
        weight[..(Inputs * 9 / 10 * 9)].ToArray().Should().NotContain(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(600)]
    public void Predict_SparseRows_HasTheBitsOfTheDenseOnes(int rows)
    {
        var network = NewNetwork();
        new TrainingLoop(network, new SoftmaxCrossEntropy(), new TrainingSettings()).Run(SparseSome.Rows(150, Inputs, seed: 1).Sparse);
        var dense = SparseSome.Dense(rows + 1, Inputs, seed: 6)[Inputs..];
        float[] ofSparse = new float[rows * 3], ofDense = new float[rows * 3];

        network.Predict(SparseSome.Sparse(dense, Inputs).All, ofSparse);
        network.Predict(dense, ofDense);

        ofSparse.Should().Equal(ofDense);
    }

    [Fact]
    public void Predict_SparseRowsFirstLayerNotDense_Throws()
    {
        var network = new Network(NetworkDefinition.Empty.BatchNorm().Dense(3), Shape.Vector(Inputs), seed: 1);
        var predict = () => network.Predict(SparseSome.Sparse(new float[Inputs], Inputs).All, new float[3]);

        network.TakesSparseRows.Should().BeFalse();
        predict.Should().Throw<InvalidOperationException>().WithMessage("Only a network that starts with a dense layer*");
    }

    [Fact]
    public void Recompute_SparseRows_HasTheStatisticsOfTheDenseOnes()
    {
        var (sparse, dense) = SparseSome.Rows(150, Inputs, seed: 1);
        float[] Statistics(RowSource rows)
        {
            var network = NewNetwork();
            PreciseStatistics.Recompute(network, rows, rows: 100, new TrainingSettings { BatchSize = 32, Seed = 1 });
            return [.. network.BatchNormLayers.SelectMany(layer => layer.RunningVariance)];
        }

        Statistics(sparse).Should().Equal(Statistics(dense)).And.NotContain(1);
    }

    private static Network NewNetwork() => Some.SmallNetwork(Inputs);

    private static float[] Trained(RowSource rows, Optimizer optimizer)
    {
        var network = NewNetwork();
        new TrainingLoop(network, new SoftmaxCrossEntropy(), new TrainingSettings { Optimizer = optimizer, Epochs = 3 }).Run(rows, rows);
        return [.. network.TrainableParameters.SelectMany(parameter => parameter.Value.ToArray())];
    }
}
