using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>Fit with a previous model, parts of which stay as they are.</summary>
public class FineTuningTests
{
    private static readonly NeuralNetworkOptions Options = Toy.Quick with
    {
        Network = net => net.Dense(8).BatchNorm().Relu().Dropout(0.2f).Dense(6).BatchNorm().Relu(),
        Epochs = 5,
    };

    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());
    private static readonly IDataView OtherData = Toy.Keyed(Toy.Examples(seed: 9));
    private static readonly NeuralNetworkModelParameters Previous = Toy.Trainer(Options).Fit(Data).Model;

    [Theory]
    [InlineData("relu1", new[] { "dense1.weight", "batchnorm1.gamma", "batchnorm1.beta" }, new[] { "batchnorm1" })]
    [InlineData("dense2", new[] { "dense1.weight", "batchnorm1.gamma", "batchnorm1.beta", "dense2.weight" }, new[] { "batchnorm1" })]
    public void FreezeThrough_ALayer_KeepsItAndAllInFrontOfIt(string layer, string[] frozen, string[] frozenStatistics)
    {
        var tuned = Toy.Trainer(Options with { FreezeThrough = layer }).Fit(OtherData, Previous).Model.Network;

        foreach (var (now, before) in tuned.Parameters.Zip(Previous.Network.Parameters))
            now.Values.SequenceEqual(before.Values).Should().Be(frozen.Contains(now.Name), now.Name);
        foreach (var (now, before) in tuned.BatchNormLayers.Zip(Previous.BatchNormLayers))
            now.RunningMean.SequenceEqual(before.RunningMean).Should().Be(frozenStatistics.Contains(now.Name), now.Name);
    }

    [Fact]
    public void FreezeThrough_TrainedLayersBehindIt_LearnWhatTheyWouldAlone()
    {
        // The rest of the network trains on what the frozen layers give in inference, as if that were its features.
        var options = Options with { FreezeThrough = "dense1", Network = net => net.Dense(8).Tanh(), Epochs = 1 };
        var previous = Toy.Trainer(options with { FreezeThrough = null }).Fit(Data).Model;

        var first = Toy.Trainer(options).Fit(OtherData, previous).Model;
        var again = Toy.Trainer(options).Fit(OtherData, previous).Model;

        first.History[0].TrainingLoss.Should().Be(again.History[0].TrainingLoss).And.BeLessThan(previous.History[0].TrainingLoss);
        Weights(first, "dense2").Should().NotEqual(Weights(previous, "dense2"));
    }

    [Fact]
    public void FreezeThrough_Resumed_EndsWithTheSameModel()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var cancellation = new CancellationTokenSource();
        var options = Options with { FreezeThrough = "relu1" };
        var whole = Toy.Trainer(options).Fit(OtherData, Previous);

        Toy.Trainer(options with
        {
            Checkpoint = new CheckpointOptions(path),
            CancellationToken = cancellation.Token,
            Progress = report => { if (report.Epoch == 2) cancellation.Cancel(); },
        }).Fit(OtherData, Previous);
        var resumed = Toy.Trainer(options with { ResumeFrom = path }).Fit(OtherData, Previous);

        Toy.PayloadOf(resumed, Data).Should().Equal(Toy.PayloadOf(whole, Data));
        File.Delete(path);
    }

    [Theory]
    [InlineData(BatchNormFreeze.Statistics, false)]
    [InlineData(BatchNormFreeze.StatisticsAndAffine, true)]
    public void FreezeBatchNorm_OfAPreviousModel_KeepsStatisticsAndPerhapsAffine(BatchNormFreeze freeze, bool keepsAffine)
    {
        var tuned = Toy.Trainer(Options with { FreezeBatchNorm = freeze }).Fit(OtherData, Previous).Model;

        foreach (var (now, before) in tuned.BatchNormLayers.Zip(Previous.BatchNormLayers))
        {
            now.RunningMean.Should().Equal(before.RunningMean);
            now.RunningVariance.Should().Equal(before.RunningVariance);
            now.Gamma.SequenceEqual(before.Gamma).Should().Be(keepsAffine);
        }

        Weights(tuned, "dense1").Should().NotEqual(Weights(Previous, "dense1"));
    }

    [Fact]
    public void FreezeBatchNorm_Nothing_ThawsWhatWasFrozenBefore()
    {
        var frozen = Toy.Trainer(Options with { FreezeBatchNorm = BatchNormFreeze.Statistics }).Fit(OtherData, Previous).Model;

        var still = Toy.Trainer(Options).Fit(Data, frozen).Model;
        var thawed = Toy.Trainer(Options with { FreezeBatchNorm = BatchNormFreeze.Nothing }).Fit(Data, frozen).Model;

        still.BatchNormLayers[0].RunningMean.Should().Equal(frozen.BatchNormLayers[0].RunningMean);
        thawed.BatchNormLayers[0].RunningMean.Should().NotEqual(frozen.BatchNormLayers[0].RunningMean);
    }

    [Fact]
    public void Freeze_WithoutAPreviousModel_SaysWhatToDo()
    {
        Refused(Options with { FreezeThrough = "dense1" });
        Refused(Options with { FreezeBatchNorm = BatchNormFreeze.Statistics });

        static void Refused(NeuralNetworkOptions options) => ((Func<object>)(() => Toy.Trainer(options).Fit(Data)))
            .Should().Throw<ArgumentException>().WithMessage("*FreezeBatchNorm and FreezeThrough*previousModelParameters*");
    }

    [Theory]
    [InlineData("dense9")]
    [InlineData("dense3")]   // the last layer: nothing would be left to train
    public void FreezeThrough_NoSuchLayer_ListsTheLayers(string layer)
    {
        var fit = () => Toy.Trainer(Options with { FreezeThrough = layer }).Fit(Data, Previous);

        fit.Should().Throw<ArgumentException>().WithMessage($"*'{layer}'*dense1, batchnorm1, relu1*");
    }

    private static float[] Weights(NeuralNetworkModelParameters model, string layer) =>
        model.Network.Parameters[$"{layer}.weight"].Values.ToArray();
}
