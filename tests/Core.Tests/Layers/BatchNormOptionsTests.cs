using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class BatchNormOptionsTests
{
    private static readonly float[] OneToFive = [1, 2, 3, 4, 5];

    [Fact]
    public void RunningStatistics_OneStep_AreOursAndConvertToKeras()
    {
        var layer = Make(new BatchNormDefinition { Momentum = 0.1f }, channels: 1);
        layer.Forward(OneToFive, new float[5], 5, Some.TrainingPass);

        // Ours, as PyTorch's: 0.9 * 0 + 0.1 * 3 and 0.9 * 1 + 0.1 * 10 / 4.
        layer.RunningMean.ShouldAgree([0.3], 1e-6);
        layer.RunningVariance.ShouldAgree([1.15], 1e-6);
        // Keras with momentum 0.9 documents moving_var * 0.9 + var(batch) * 0.1, its variance biased: 0.9 + 0.1 * 10 / 5.
        ((layer.RunningVariance[0] - 0.9) * 4 / 5 + 0.9).Should().BeApproximately(1.1, 1e-6);
    }

    [Fact]
    public void Forward_Renormalized_EqualsTheWorkedStep()
    {
        // Batch: mean 3, deviation sqrt(2). Running: mean 1, deviation 2. So r = sqrt(2) / 2 and d = (3 - 1) / 2 = 1, both within limits:
        // then xHat * r + d is (x - 1) / 2, the running normalization, and 2 * that + 1 is x.
        var layer = Renormalized(rMax: 3, dMax: 5);
        var y = new float[5];
        layer.Forward(OneToFive, y, 5, Some.TrainingPass);

        y.ShouldAgree([1, 2, 3, 4, 5], 1e-5);   // epsilon is 1e-5
        layer.RunningMean.ShouldAgree([0.9 * 1 + 0.1 * 3], 1e-6);
        layer.RunningVariance.ShouldAgree([0.9 * 4 + 0.1 * 2.5], 1e-6);
    }

    [Fact]
    public void Forward_RenormalizedBeyondTheLimits_Clips()
    {
        // As above with r clipped to 1 / 1.25 = 0.8 and d to 0.5: y = 2 * (xHat * 0.8 + 0.5) + 1.
        var y = new float[5];
        Renormalized(rMax: 1.25f, dMax: 0.5f).Forward(OneToFive, y, 5, Some.TrainingPass);

        y.ShouldAgree([-0.262742, 0.868629, 2, 3.131371, 4.262742], 1e-5);
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(5_000, 1, 0)]
    [InlineData(15_000, 1 + 2 * 10.0 / 35, 2.5)]
    [InlineData(25_000, 1 + 2 * 20.0 / 35, 5)]
    [InlineData(40_000, 3, 5)]
    [InlineData(1_000_000, 3, 5)]
    public void LimitsAfter_DefaultSchedule_IsThePapers(long batches, double r, double d)
    {
        var limits = new BatchRenormalization().LimitsAfter(batches);

        limits.R.Should().BeApproximately(r, 1e-12);
        limits.D.Should().BeApproximately(d, 1e-12);
    }

    [Fact]
    public void Forward_RenormalizationWarmingUp_IsBatchNorm()
    {
        var x = Some.Values(8 * 3, seed: 1);
        var (plain, warming) = (new float[x.Length], new float[x.Length]);

        Make(new BatchNormDefinition(), 3).Forward(x, plain, 8, Some.TrainingPass);
        Make(new BatchNormDefinition { Renormalization = new() }, 3).Forward(x, warming, 8, Some.TrainingPass);

        warming.Should().Equal(plain);
    }

    [Fact]
    public void Forward_GhostBatches_AreBatchesOfTheirOwn()
    {
        const int channels = 3;
        var ghost = Make(new BatchNormDefinition { VirtualBatchSize = 2 }, channels);
        var plain = Make(new BatchNormDefinition(), channels);
        var x = Some.Values(5 * channels, seed: 1, shift: 4);
        var (ofGhost, ofPlain) = (new float[x.Length], new float[x.Length]);

        ghost.Forward(x, ofGhost, 5, Some.TrainingPass);
        // The fifth row alone would be a batch of one, so it joins the second pair.
        plain.Forward(x.AsSpan(0, 2 * channels), ofPlain.AsSpan(0, 2 * channels), 2, Some.TrainingPass);
        plain.Forward(x.AsSpan(2 * channels), ofPlain.AsSpan(2 * channels), 3, Some.TrainingPass);

        ofGhost.Should().Equal(ofPlain);
        ghost.RunningMean.Should().Equal(plain.RunningMean);
        ghost.RunningVariance.Should().Equal(plain.RunningVariance);
        ghost.Batches.Should().Be(2);
    }

    [Fact]
    public void Forward_WholeWeights_NormalizesAsIfRowsWereRepeated()
    {
        const int channels = 3;
        var x = Some.Values(4 * channels, seed: 1);
        int[] repeated = [0, 1, 1, 3, 3, 3];
        var layer = Make(new BatchNormDefinition { WeightedStatistics = true }, channels);
        var repeatedX = repeated.SelectMany(row => x[(row * channels)..((row + 1) * channels)]).ToArray();
        var (y, expected) = (new float[x.Length], new float[repeatedX.Length]);

        layer.Forward(x, y, 4, Pass.Training(default, [1, 2, 0, 3]));
        Make(new BatchNormDefinition(), channels).Forward(repeatedX, expected, 6, Some.TrainingPass);

        for (var i = 0; i < repeated.Length; i++)
            y.AsSpan(repeated[i] * channels, channels).ShouldAgree(
                [.. expected[(i * channels)..((i + 1) * channels)].Select(value => (double)value)], 1e-6);   // another order of summing
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Forward_EqualWeightsOrOptionOff_IsUnweighted(bool option)
    {
        var x = Some.Values(6 * 2, seed: 1);
        float[] weights = option ? [4, 4, 4, 4, 4, 4] : [1, 2, 3, 4, 5, 6];
        var weighted = Make(new BatchNormDefinition { WeightedStatistics = option }, 2);
        var plain = Make(new BatchNormDefinition(), 2);

        weighted.Forward(x, new float[12], 6, Pass.Training(default, weights));
        plain.Forward(x, new float[12], 6, Some.TrainingPass);

        weighted.RunningMean.ShouldAgree([.. plain.RunningMean.Select(value => (double)value)], 1e-6);   // another order of summing
        weighted.RunningVariance.ShouldAgree([.. plain.RunningVariance.Select(value => (double)value)], 1e-6);
    }

    [Fact]
    public void Forward_OneRowWithWeight_SaysWhatToDo()
    {
        var layer = Make(new BatchNormDefinition { WeightedStatistics = true }, 2);
        var forward = () => layer.Forward(new float[6], new float[6], 3, Pass.Training(default, [0, 2, 0]));

        forward.Should().Throw<ArgumentException>()
            .WithMessage("*2 values per channel with a weight above 0 to train, got 1 (layer 'batchnorm1', input 2)*larger batch*");
    }

    [Fact]
    public void Forward_FrozenInTraining_IsInferenceAndLeavesStatistics()
    {
        var layer = Make(new BatchNormDefinition { Freeze = BatchNormFreeze.Statistics }, 2);
        (layer.RunningMean[0], layer.RunningVariance[1]) = (3, 9);
        var (training, inference) = (new float[2], new float[2]);

        layer.Forward([5, 6], training, 1, Some.TrainingPass);   // one row is fine: nothing is estimated
        layer.Forward([5, 6], inference, 1, Pass.Inference);

        training.Should().Equal(inference);
        training.ShouldAgree([2, 2], 1e-4);   // epsilon 1e-5
        layer.RunningMean.Should().Equal(3, 0);
        layer.RunningVariance.Should().Equal(1, 9);
        layer.Batches.Should().Be(0);
    }

    [Theory]
    [InlineData(true, 0.25f)]
    [InlineData(false, 1f)]
    public void InitialGamma_AppliesWhereGammaIsLearned(bool scale, float expected)
    {
        var layer = Make(new BatchNormDefinition { InitialGamma = 0.25f, Scale = scale, Epsilon = 1e-6f }, 1);
        var y = new float[2];

        layer.Forward([-1, 1], y, 2, Some.TrainingPass);

        y.ShouldAgree([-expected, expected], 1e-5);   // epsilon
    }

    [Fact]
    public void Options_OutOfRange_AreNamed()
    {
        var actions = new (Action Set, string Name)[]
        {
            (() => _ = new BatchNormDefinition { VirtualBatchSize = 1 }, "VirtualBatchSize"),
            (() => _ = new BatchNormDefinition { InitialGamma = float.NaN }, "InitialGamma"),
            (() => _ = new BatchNormDefinition { Freeze = (BatchNormFreeze)9 }, "Freeze"),
            (() => _ = new BatchRenormalization { RMax = 0.5f }, "RMax"),
            (() => _ = new BatchRenormalization { RMax = float.PositiveInfinity }, "RMax"),
            (() => _ = new BatchRenormalization { DMax = -1 }, "DMax"),
            (() => _ = new BatchRenormalization { WarmupBatches = -1 }, "WarmupBatches"),
            (() => _ = new GroupNormDefinition(0), "Groups"),
        };
        foreach (var (set, name) in actions)
            set.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);
    }

    private static BatchNormLayer Make(BatchNormDefinition definition, int channels) => (BatchNormLayer)Some.Layer(definition, channels);

    private static BatchNormLayer Renormalized(float rMax, float dMax)
    {
        var layer = Make(
            new BatchNormDefinition
            {
                InitialGamma = 2,
                Renormalization = new() { RMax = rMax, DMax = dMax, WarmupBatches = 0, RMaxReachedAfter = 0, DMaxReachedAfter = 0 },
            },
            channels: 1);
        layer.Parameters[1].Value[0] = 1;
        (layer.RunningMean[0], layer.RunningVariance[0]) = (1, 4);
        return layer;
    }
}
