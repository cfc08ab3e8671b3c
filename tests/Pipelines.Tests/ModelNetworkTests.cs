using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>The network of a model: looked into, changed in a copy, put back, saved alone.</summary>
public class ModelNetworkTests
{
    private static readonly Example<string>[] Examples = Toy.Examples();
    private static readonly IDataView Data = Toy.Keyed(Examples);
    private static readonly NeuralNetworkPredictionTransformer Fitted = Toy.Trainer().Fit(Data);
    private static readonly Network Trained = Fitted.Model.Network;

    private static float[] Features => [.. Examples.SelectMany(example => example.Features)];

    [Fact]
    public void Parameters_ByName_HaveDimensionsAndValues()
    {
        Trained.Parameters.Select(parameter => parameter.ToString()).Should().Equal(
            "dense1.weight [2, 8]", "batchnorm1.gamma [8]", "batchnorm1.beta [8]", "dense2.weight [8, 3]", "dense2.bias [3]");
        Trained.Parameters["dense2.bias"].Values.ToArray().Should().HaveCount(3).And.OnlyContain(value => float.IsFinite(value));
        Trained.Parameters.Sum(parameter => parameter.Length).Should().Be((int)Fitted.Model.ParameterCount);
    }

    [Fact]
    public void Parameters_OfConvolution_HaveTheDimensionsOfItsWindow()
    {
        var network = new Network(NetworkDefinition.Empty.Conv2D(5, kernelSize: 3), Shape.Image(6, 7, 2), seed: 1);

        network.Parameters["conv1.weight"].Dimensions.Should().Equal(3, 3, 2, 5);
    }

    [Fact]
    public void Parameters_UnknownName_ListsTheKnown()
    {
        var find = () => Trained.Parameters["dense3.weight"];

        find.Should().Throw<KeyNotFoundException>().WithMessage("*'dense3.weight'*dense1.weight*dense2.bias*");
    }

    [Fact]
    public void Network_OfAModel_RefusesChanges()
    {
        var bias = Trained.Parameters["dense2.bias"];
        var norm = Trained.BatchNormLayers[0];

        Refused(() => bias.Set(new float[3]));
        Refused(() => Trained.SetRunningStatistics(norm.Name, new float[8], new float[8]));
        Refused(() => Trained.RecomputeStatistics(Features, batchSize: 16));

        static void Refused(Action change) => change.Should().Throw<InvalidOperationException>().WithMessage("*Copy()*WithNetwork*");
    }

    [Fact]
    public void Copy_Changed_ChangesItsPredictionsAndNotTheModel()
    {
        var before = Outputs(Trained);
        var copy = Trained.Copy();
        Outputs(copy).Should().Equal(before);   // and so the predictor is made before the change

        copy.Parameters["dense2.bias"].Set([1000, 0, 0]);

        Outputs(copy).Chunk(3).Should().OnlyContain(row => row[0] > 900);
        Outputs(Trained).Should().Equal(before);
    }

    [Fact]
    public void SetRunningStatistics_OfACopy_AreWhatItNormalizesWith()
    {
        var copy = Trained.Copy();
        var (mean, variance) = (Enumerable.Repeat(0.25f, 8).ToArray(), Enumerable.Repeat(4f, 8).ToArray());

        copy.SetRunningStatistics("batchnorm1", mean, variance);

        copy.BatchNormLayers[0].RunningMean.Should().Equal(mean);
        copy.BatchNormLayers[0].RunningVariance.Should().Equal(variance);
        Outputs(copy).Should().NotEqual(Outputs(Trained));
    }

    [Fact]
    public void Set_BadNumbers_SaysWhatIsExpected()
    {
        var copy = Trained.Copy();
        var bias = copy.Parameters["dense2.bias"];

        Refused(() => bias.Set(new float[2]), "*'dense2.bias' takes 3 numbers, got 2*");
        Refused(() => bias.Set([0, float.NaN, 0]), "*'dense2.bias'*number 1 is NaN*");
        Refused(() => copy.SetRunningStatistics("batchnorm1", new float[7], new float[8]), "*'batchnorm1' takes 8 numbers, got 7*");
        Refused(() => copy.SetRunningStatistics("batchnorm1", new float[8], Enumerable.Repeat(-1f, 8).ToArray()), "*variance*below 0*");
        Refused(() => copy.SetRunningStatistics("dense1", new float[8], new float[8]), "*'dense1'*batchnorm1*");

        static void Refused(Action change, string message) => change.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void WithNetwork_ChangedCopy_ScoresAndSavesWithIt()
    {
        var copy = Trained.Copy();
        copy.Parameters["dense2.bias"].Set([1000, 0, 0]);

        var changed = Fitted.WithNetwork(copy);
        copy.Parameters["dense2.bias"].Set([0, 1000, 0]);   // the model has a copy of its own

        foreach (var model in new[] { changed, (ITransformer)ModelZip.Load(ModelZip.Save(changed, Data.Schema)) })
            model.Transform(Data).GetColumn<float[]>("Score").Should().OnlyContain(score => score[0] > 0.99f);
        changed.Model.History.Should().HaveCount(Fitted.Model.History.Count);
    }

    [Fact]
    public void WithNetwork_OfAnotherShape_SaysBothShapes()
    {
        var other = new Network(NetworkDefinition.Empty.Dense(4), Shape.Vector(2), seed: 1);

        var replace = () => Fitted.WithNetwork(other);

        replace.Should().Throw<ArgumentException>().WithMessage("*from 2 to 3*from 2 to 4*");
    }

    [Fact]
    public void Fold_OfAModelsNetwork_GivesTheSameWithoutBatchNorm()
    {
        var folded = Trained.Fold();

        folded.BatchNormLayers.Should().BeEmpty();
        folded.IsReadOnly.Should().BeFalse();
        Outputs(folded).Should().Equal(Outputs(Trained), (f, t) => Math.Abs(f - t) < 1e-4f);   // each weight is rounded once more
    }

    [Fact]
    public void SaveAndLoad_Alone_GivesTheSameOutputs()
    {
        using var stream = new MemoryStream();
        Trained.Save(stream);
        stream.Position = 0;

        var loaded = Network.Load(stream);

        Outputs(loaded).Should().Equal(Outputs(Trained));
        loaded.IsReadOnly.Should().BeFalse();
    }

    [Fact]
    public void Fitted_Model_HoldsNoMoreMemoryThanTheLoadedOne()
    {
        var options = Pictures.Quick with { BatchSize = 64, Epochs = 1 };
        var data = Pictures.Keyed();
        var fitted = Toy.Trainer(options).Fit(data);
        var loaded = (NeuralNetworkPredictionTransformer)ModelZip.Load(ModelZip.Save(fitted, data.Schema));

        ReachableMemory.Of(fitted).Should().BeLessThan((long)(1.05 * ReachableMemory.Of(loaded)));
    }

    private static float[] Outputs(Network network)
    {
        var outputs = new float[Examples.Length * 3];
        network.Predict(Features, outputs);
        return outputs;
    }
}
