using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Fit disposes of every cursor that it opens, however it ends.</summary>
public class CursorDisposalTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    private static readonly NeuralNetworkOptions InMemory = Toy.Quick with { Epochs = 2 };

    public static TheoryData<string, NeuralNetworkOptions> Options => new()
    {
        { "in memory", InMemory },
        { "streamed", InMemory with { MemoryBudget = 1000 } },
        { "streamed, validated", InMemory with { MemoryBudget = 1000, ValidationFraction = 0.2f, PreciseStatisticsRows = 50 } },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Fit_ToTheEnd_DisposesOfEveryCursorOnce(string name, NeuralNetworkOptions options)
    {
        var (data, validation) = (new DataViewSpy(Data), new DataViewSpy(Data));

        Toy.Trainer(options.ValidationFraction > 0 ? options : options with { ValidationData = validation }).Fit(data);

        data.Cursors.Should().NotBeEmpty(name);
        data.Cursors.Concat(validation.Cursors).Should().OnlyContain(cursor => cursor.Disposals == 1, name);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Fit_RowThatThrows_LetsItThroughAndDisposesOfEveryCursorOnce(string name, NeuralNetworkOptions options)
    {
        var data = new DataViewSpy(Data) { FailingRow = 70 };

        var fit = () => Toy.Trainer(options).Fit(data);

        fit.Should().Throw<InvalidDataException>(name).WithMessage(DataViewSpy.Failure);
        data.Cursors.Should().NotBeEmpty(name).And.OnlyContain(cursor => cursor.Disposals == 1, name);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Fit_CallbackThatThrows_LetsItThroughAndDisposesOfEveryCursorOnce(string name, NeuralNetworkOptions options)
    {
        var data = new DataViewSpy(Data);
        var thrown = new InvalidDataException("no room");

        var fit = () => Toy.Trainer(options with { BatchProgressEvery = 1, BatchProgress = _ => throw thrown }).Fit(data);

        fit.Should().Throw<InvalidDataException>(name).Which.Should().BeSameAs(thrown);
        data.Cursors.Should().NotBeEmpty(name).And.OnlyContain(cursor => cursor.Disposals == 1, name);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Fit_Cancelled_DisposesOfEveryCursorOnce(string name, NeuralNetworkOptions options)
    {
        using var source = new CancellationTokenSource();
        var data = new DataViewSpy(Data);

        var model = Toy.Trainer(options with
        {
            CancellationToken = source.Token,
            BatchProgressEvery = 2,
            BatchProgress = _ => source.Cancel(),
        }).Fit(data).Model;

        model.StopReason.Should().Be(StopReason.Cancelled, name);
        data.Cursors.Should().NotBeEmpty(name).And.OnlyContain(cursor => cursor.Disposals == 1, name);
    }
}
