using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Fit_ResumedAfterCancellation_EndsWithTheSameModelBitForBit()
    {
        var options = Toy.Quick with { Network = net => net.Dense(8).BatchNorm().Relu().Dropout(0.2f), ValidationFraction = 0.2f };

        var resumed = Toy.Trainer(options with { ResumeFrom = path });
        Interrupt(o => Toy.Trainer(o).Fit(Data).Model, options).History.Count.Should().Be(4);

        Toy.PayloadOf(resumed.Fit(Data), Data).Should().Equal(Toy.PayloadOf(Toy.Trainer(options).Fit(Data), Data));
    }

    [Fact]
    public void Fit_ResumedRegression_EndsWithTheSameModelBitForBit()
    {
        var data = Formula.View(Formula.Numbers(rows: 300));
        foreach (var loss in new[] { RegressionLoss.Squared, RegressionLoss.Poisson })
        {
            var options = Formula.Quick with { RegressionLoss = loss };
            Interrupt(o => Trainer(o).Fit(data).Model, options);

            var resumed = Trainer(options with { ResumeFrom = path }).Fit(data);

            Toy.PayloadOf(resumed, data).Should().Equal(Toy.PayloadOf(Trainer(options).Fit(data), data));
        }

        static NeuralNetworkRegressionTrainer Trainer(NeuralNetworkOptions options) =>
            Toy.ML.Regression.Trainers.NeuralNetwork(options);
    }

    [Fact]
    public void Fit_ResumedWithOtherOptions_SaysWhatDiffers()
    {
        Interrupt(o => Toy.Trainer(o).Fit(Data).Model, Toy.Quick);
        var options = Toy.Quick with { ResumeFrom = path };

        Refused(options with { Network = net => net.Dense(9) }, "*other layers*dense1*");
        Refused(options with { Seed = 2 }, "*Seed is 1 there and 2 here*");
        File.WriteAllText(path, "no checkpoint");
        ((Func<object>)(() => Toy.Trainer(options).Fit(Data))).Should().Throw<ModelFormatException>().WithMessage("*checkpoint*");

        static void Refused(NeuralNetworkOptions options, string message) =>
            ((Func<object>)(() => Toy.Trainer(options).Fit(Data))).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private NeuralNetworkModelParameters Interrupt(
        Func<NeuralNetworkOptions, NeuralNetworkModelParameters> fit, NeuralNetworkOptions options)
    {
        using var source = new CancellationTokenSource();
        return fit(options with
        {
            Checkpoint = new CheckpointOptions(path),
            CancellationToken = source.Token,
            Progress = report =>
            {
                if (report.Epoch == 4)
                    source.Cancel();
            },
        });
    }
}
