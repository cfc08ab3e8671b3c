using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Convolutional networks in the trainers: where the shape comes from, and that the order of the values is honoured.</summary>
public sealed class ImageNetworkTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Fit_EstimatorContract_IsKeptForImages()
    {
        EstimatorContract.Verify(Toy.Trainer(Pictures.Quick), Pictures.Keyed());
        EstimatorContract.Verify(
            Toy.Trainer(Pictures.Quick with { ImageShape = Pictures.Shape, Layout = ChannelLayout.ChannelsLast }),
            Pictures.Keyed(ChannelLayout.ChannelsLast, dimensions: false));
        EstimatorContract.Verify(
            Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Pictures.Quick),
            Pictures.View(label => label > 1, ChannelLayout.ChannelsFirst, dimensions: true));
        EstimatorContract.Verify(
            Toy.ML.Regression.Trainers.NeuralNetwork(Pictures.Quick),
            Pictures.View(label => (float)label, ChannelLayout.ChannelsFirst, dimensions: true));
    }

    [Theory]
    [InlineData(true, 1L << 30)]
    [InlineData(false, 1L << 30)]
    [InlineData(true, 6000)]   // 24 pictures: every epoch reads the others again
    public void Fit_EitherOrder_GivesTheSameNetworkAndPredictions(bool dimensions, long memoryBudget)
    {
        var shape = dimensions ? (Shape?)null : Pictures.Shape;
        var options = Pictures.Quick with { ImageShape = shape, MemoryBudget = memoryBudget };
        var (planar, interleaved) = (Pictures.Keyed(dimensions: dimensions), Pictures.Keyed(ChannelLayout.ChannelsLast, dimensions));

        var first = Toy.Trainer(options).Fit(planar);
        var last = Toy.Trainer(options with { Layout = ChannelLayout.ChannelsLast }).Fit(interleaved);

        first.Model.InputShape.Should().Be(Pictures.Shape);
        (first.Model.InputLayout, last.Model.InputLayout).Should().Be((ChannelLayout.ChannelsFirst, ChannelLayout.ChannelsLast));
        first.Model.History[^1].TrainingMetric.Should().BeGreaterThan(0.9);
        Trained(first).Should().Equal(Trained(last));
        var scores = Scores(first, planar);
        scores.Should().Equal(Scores(last, interleaved));
        var predicted = new float[scores.Length];
        first.Model.Predict([.. planar.GetColumn<float[]>("Features").SelectMany(row => row)], predicted);
        predicted.Should().Equal(scores);
    }

    [Fact]
    public void Fit_ConcatenatedColumn_AsksForImageShapeBeforeAnyRowIsRead()
    {
        var spy = new DataViewSpy(Pictures.Keyed(dimensions: false));

        var fit = () => Toy.Trainer(Pictures.Quick).Fit(spy);

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage(
            "Column 'Features'*ChannelsFirst needs three dimensions*Set ImageShape*");
        spy.Asked.Should().BeEmpty();
    }

    [Fact]
    public void Fit_ShapeOrOrderThatDoesNotFit_SaysWhatWasExpected()
    {
        var data = Pictures.Keyed();
        Refused<ArgumentOutOfRangeException>(
            Pictures.Quick with { ImageShape = Shape.Image(6, 5, 3) }, data,
            "*feature column 'Features': expected 90 values for the image shape 6x5x3, got 60*");
        Refused<ArgumentOutOfRangeException>(
            Pictures.Quick with { ImageShape = Pictures.Shape, Layout = ChannelLayout.ChannelsLast }, data,
            "*feature column 'Features': expected the image shape 6x5x2 in the order ChannelsLast, got Vector<Single, 2, 6, 5>*");
        Refused<ArgumentException>(
            Pictures.Quick with { ImageShape = Pictures.Shape, Layout = ChannelLayout.PerSlot }, data,
            "ImageShape is given but Layout is PerSlot*");
        Refused<ArgumentException>(
            Pictures.Quick with { Layout = ChannelLayout.PerSlot }, data, "Layer 1 'conv1'*needs an image, got a vector of 60 values*");
        Refused<ArgumentOutOfRangeException>(
            Pictures.Quick with { ValidationData = Pictures.Keyed(ChannelLayout.ChannelsLast) }, data,
            "*'Features' of ValidationData: expected the image shape 6x5x2*ValidationData needs the columns of the training data*");

        static void Refused<TError>(NeuralNetworkOptions options, IDataView data, string message) where TError : Exception
        {
            var fit = () => Toy.Trainer(options).Fit(data);
            fit.Should().Throw<TError>().WithMessage(message);
        }
    }

    private static readonly Func<NetworkDefinition, NetworkDefinition>[] LayersForImages =
    [
        net => net.Conv2D(2).BatchNorm().Relu(),
        net => net.MaxPool2D(8),
        net => net.GlobalAveragePool(),
        net => net.Residual(inner => inner.Conv2D(3, padding: 1)),
        net => net.Add(new ResidualDefinition(NetworkDefinition.Empty.BatchNorm())
        {
            Shortcut = NetworkDefinition.Empty.Conv2D(3, padding: 1),
        }),
    ];

    [Fact]
    public void Fit_PicturesAsVectors_IsWarnedOfUnlessMeant()
    {
        var (large, flat, small) = (Noise(3, 32, 32), Noise(3 * 32 * 32), Noise(1, 28, 28));
        var dense = Toy.Quick with { Epochs = 1 };

        WarningsOf(dense, large).Should().ContainSingle().Which.Should().Match(
            "*'Features' has pictures of 3x32x32*a vector: every unit of its first dense layer has 3,072 weights*"
            + "NeuralNetworks.SmallCnn()*ImageShape*Layout to PerSlot.");
        WarningsOf(dense with { Network = null }, Noise(32, 32, 3)).Should().ContainSingle().Which.Should().Contain("pictures of 32x32x3");
        WarningsOf(dense with { ImageShape = Shape.Image(32, 32, 3) }, flat).Should().ContainSingle().Which.Should().Contain("of 32x32x3");
        WarningsOf(dense with { Layout = ChannelLayout.PerSlot }, large).Should().BeEmpty();
        WarningsOf(dense, flat).Should().BeEmpty();
        WarningsOf(dense, small).Should().BeEmpty();
        WarningsOf(dense, Noise(16, 16, 16)).Should().BeEmpty();
        WarningsOf(dense, Noise(2, 32, 32)).Should().BeEmpty();
        WarningsOf(dense, Noise(1, 32, 32)).Should().ContainSingle().Which.Should().Contain("pictures of 1x32x32");   // 1,024 values
        WarningsOf(dense, Noise(32, 32, 4)).Should().ContainSingle().Which.Should().Contain("pictures of 32x32x4");
        foreach (var network in LayersForImages)
            WarningsOf(dense with { Network = network }, large).Should().BeEmpty();
        Ranked.Run(2, ranks => WarningsOf(dense with { Ranks = ranks }, large).Count).Should().Equal(1, 0);

        static IDataView Noise(params int[] dimensions)
        {
            var random = new Random(2);
            var size = dimensions.Aggregate((product, side) => product * side);
            return Pictures.View(Enumerable.Range(0, 40).Select(i => new Picture<bool>
            {
                Label = i % 2 == 0,
                Features = [.. Enumerable.Range(0, size).Select(_ => random.NextSingle())],
            }), dimensions);
        }

        static List<string> WarningsOf(NeuralNetworkOptions options, IDataView data)
        {
            var ml = new MLContext(seed: 1);
            var lines = new List<string>();
            ml.Log += (_, line) => lines.AddRange(line.Kind == ChannelMessageKind.Warning ? [line.Message] : []);
            ml.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data);
            return [.. lines.Where(line => line.Contains("pictures"))];
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Fit_InterleavedPicturesWithTheDefaultLayout_SaysWhichToSetBeforeAnyRowIsRead(int channels)
    {
        var random = new Random(2);
        var pictures = Enumerable.Range(0, 40).Select(i => new Picture<bool>
        {
            Label = i % 2 == 0,
            Features = [.. Enumerable.Range(0, 16 * 16 * channels).Select(_ => random.NextSingle())],
        });
        var data = Pictures.View(pictures, 16, 16, channels);
        var spy = new DataViewSpy(data);
        var options = Toy.Quick with { Network = net => net.Conv2D(2, padding: 1).BatchNorm().Relu(), Epochs = 1 };

        var fit = (NeuralNetworkOptions options, IDataView view) => Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(view);

        FluentActions.Invoking(() => fit(options, spy)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage($"*'Features': expected dimensions in the order ChannelsFirst, got Vector<Single, 16, 16, {channels}>*"
                + "Set Layout to ChannelsLast*");
        spy.Asked.Should().BeEmpty();
        fit(options with { Layout = ChannelLayout.ChannelsLast }, data).Model.InputShape.Should().Be(Shape.Image(16, 16, channels));
    }

    [Fact]
    public void Transform_ColumnWithAnotherOrder_IsRefused()
    {
        var model = Toy.Trainer(Pictures.Quick).Fit(Pictures.Keyed());

        var transform = () => model.Transform(Pictures.Keyed(ChannelLayout.ChannelsLast));

        transform.Should().Throw<ArgumentOutOfRangeException>().WithMessage(
            "*'Features': expected the image shape 6x5x2 in the order ChannelsFirst*Set ImageShape and Layout*");
        model.Transform(Pictures.Keyed(dimensions: false)).GetColumn<float[]>("Score").Should().HaveCount(96);
    }

    [Fact]
    public void Fit_NoImageLayers_TakesTheColumnAsAVectorUnlessImageShapeSaysOtherwise()
    {
        var data = Pictures.Keyed();
        var options = Toy.Quick with { Epochs = 1 };

        var vector = Toy.Trainer(options).Fit(data).Model;
        var image = Toy.Trainer(options with { ImageShape = Pictures.Shape }).Fit(data).Model;

        (vector.InputShape, vector.InputLayout).Should().Be((Shape.Vector(60), ChannelLayout.PerSlot));
        (image.InputShape, image.InputLayout).Should().Be((Pictures.Shape, ChannelLayout.ChannelsFirst));
    }

    [Fact]
    public void Fit_PreviousModel_GoesOnInItsShapeAndOrder()
    {
        var (planar, interleaved) = (Pictures.Keyed(dimensions: false), Pictures.Keyed(ChannelLayout.ChannelsLast, dimensions: false));
        var options = Pictures.Quick with { ImageShape = Pictures.Shape, Epochs = 2 };
        var first = Toy.Trainer(options).Fit(planar);
        var last = Toy.Trainer(options with { Layout = ChannelLayout.ChannelsLast }).Fit(interleaved);

        var more = Toy.Trainer(options with { ImageShape = null }).Fit(planar, first.Model);
        var same = Toy.Trainer(options with { Layout = ChannelLayout.ChannelsLast }).Fit(interleaved, last.Model);

        more.Model.InputLayout.Should().Be(ChannelLayout.ChannelsFirst);
        Trained(more).Should().Equal(Trained(same)).And.NotEqual(Trained(first));
        Refused(
            options, last.Model, interleaved,
            "The previous model was trained on an image of 6x5x2, ChannelsLast, the options say 6x5x2 and ChannelsFirst*");
        Refused(
            options with { ImageShape = Shape.Image(5, 6, 2) }, first.Model, planar,
            "*trained on an image of 6x5x2, ChannelsFirst, the options say 5x6x2*");

        static void Refused(NeuralNetworkOptions options, NeuralNetworkModelParameters previous, IDataView data, string message)
        {
            var fit = () => Toy.Trainer(options).Fit(data, previous);
            fit.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void Fit_ResumedFromACheckpoint_IsTheSameModel()
    {
        var data = Pictures.Keyed();
        var options = Pictures.Quick with { Network = net => Pictures.Quick.Network!(net).Dropout(0.2f) };
        var whole = Toy.Trainer(options).Fit(data);

        using var source = new CancellationTokenSource();
        var interrupted = options with
        {
            Checkpoint = new CheckpointOptions(path),
            CancellationToken = source.Token,
            Progress = report =>
            {
                if (report.Epoch == 3)
                    source.Cancel();
            },
        };
        Toy.Trainer(interrupted).Fit(data);
        var resumed = Toy.Trainer(options with { ResumeFrom = path }).Fit(data);

        Toy.PayloadOf(resumed, data).Should().Equal(Toy.PayloadOf(whole, data));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_ReadyMadeNetwork_LearnsAndSurvivesSaveAndLoad(bool residual)
    {
        var data = Pictures.Keyed();
        var network = residual ? NeuralNetworks.ResNet(width: 4) : NeuralNetworks.SmallCnn([4, 8]);

        var model = Toy.Trainer(Pictures.Quick with { Network = network, Epochs = 12 }).Fit(data);

        model.Model.History[^1].TrainingMetric.Should().BeGreaterThan(0.9);
        var loaded = (NeuralNetworkPredictionTransformer)ModelZip.Load(ModelZip.Save(model, data.Schema));
        Scores(loaded, data).Should().Equal(Scores(model, data));
        loaded.Model.InputLayout.Should().Be(ChannelLayout.ChannelsFirst);
    }

    private static float[] Scores(NeuralNetworkPredictionTransformer model, IDataView data) =>
        [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(row => row)];

    // Everything that is saved but the order of the features and the checksum.
    private static byte[] Trained(NeuralNetworkPredictionTransformer model)
    {
        const int order = 20 + 4 + 8;   // behind the head and the name of the column
        var payload = Toy.PayloadOf(model, Pictures.Keyed(rows: 4));
        return [.. payload[..order], .. payload[(order + 1)..^4]];
    }
}
