using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>The option Augmentation of the trainers.</summary>
public sealed class AugmentationTests : IDisposable
{
    private static readonly NeuralNetworkOptions Augmented = Pictures.Quick with
    {
        Augmentation = new Augmentation
        {
            Shift = 0.1f,
            Scale = 0.1f,
            HorizontalFlip = true,
            Brightness = 0.1f,
            Cutout = 0.2f,
            MixUp = 0.2f,
        },
    };

    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Fit_SameSeedInEitherOrder_GivesTheSameModelAndAnotherThanWithout()
    {
        var (planar, interleaved) = (Pictures.Keyed(), Pictures.Keyed(ChannelLayout.ChannelsLast));

        var model = Toy.Trainer(Augmented).Fit(planar);

        Toy.PayloadOf(Toy.Trainer(Augmented).Fit(planar), planar).Should().Equal(Toy.PayloadOf(model, planar));
        var other = Toy.Trainer(Augmented with { Layout = ChannelLayout.ChannelsLast }).Fit(interleaved);
        other.Model.History[^1].TrainingLoss.Should().Be(model.Model.History[^1].TrainingLoss);
        Toy.Trainer(Pictures.Quick).Fit(planar).Model.History[0].TrainingLoss.Should().NotBe(model.Model.History[0].TrainingLoss);
    }

    [Fact]
    public void Fit_ResumedFromACheckpoint_IsTheSameModel()
    {
        var data = Pictures.Keyed();
        using var source = new CancellationTokenSource();
        Toy.Trainer(Augmented with
        {
            Checkpoint = new CheckpointOptions(path),
            CancellationToken = source.Token,
            Progress = report =>
            {
                if (report.Epoch == 3)
                    source.Cancel();
            },
        }).Fit(data);

        var resumed = Toy.Trainer(Augmented with { ResumeFrom = path }).Fit(data);

        resumed.Model.History.Should().HaveCount(Augmented.Epochs!.Value);
        Toy.PayloadOf(resumed, data).Should().Equal(Toy.PayloadOf(Toy.Trainer(Augmented).Fit(data), data));
    }

    [Fact]
    public void Fit_StreamedRowsAndBinaryLabel_AreAugmentedToo()
    {
        var data = Pictures.View(label => label > 1, ChannelLayout.ChannelsFirst, dimensions: true);
        NeuralNetworkModelParameters Fit(NeuralNetworkOptions options) =>
            Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data).Model;

        var streamed = Fit(Augmented with { MemoryBudget = 6000, Epochs = 12 });

        streamed.History[^1].TrainingMetric.Should().BeGreaterThan(0.85);
        var plain = Fit(Pictures.Quick with { MemoryBudget = 6000, Epochs = 1 });
        streamed.History[0].TrainingLoss.Should().NotBe(plain.History[0].TrainingLoss);
    }

    [Fact]
    public void Fit_DenseNetwork_TakesTheColumnAsAnImage()
    {
        var options = Toy.Quick with { Epochs = 1, Augmentation = new Augmentation { Shift = 0.1f } };

        Toy.Trainer(options).Fit(Pictures.Keyed()).Model.InputShape.Should().Be(Pictures.Shape);
    }

    [Fact]
    public void Fit_MixUpAlone_NeedsNoImages()
    {
        var options = Toy.Quick with { Augmentation = new Augmentation { MixUp = 0.2f } };

        var model = Toy.Trainer(options).Fit(Toy.Keyed(Toy.Examples())).Model;

        model.InputShape.Should().Be(Shape.Vector(2));
        model.History[^1].TrainingMetric.Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void Fit_WhatCannotBeAugmented_SaysSo()
    {
        var vectors = Toy.Quick with { Augmentation = new Augmentation { Shift = 0.1f } };
        Refused(
            () => Toy.Trainer(vectors).Fit(Toy.Keyed(Toy.Examples())),
            "Column 'Features'*ChannelsFirst needs three dimensions*Set ImageShape*");
        Refused(
            () => Toy.Trainer(vectors with { Layout = ChannelLayout.PerSlot }).Fit(Pictures.Keyed()),
            "The augmentation changes images, but the network takes a vector of 60 values*ImageShape*");

        static void Refused(Func<object> fit, string message) => fit.Should().Throw<ArgumentException>().WithMessage(message);
    }
}
