using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Where checkpoints cannot be written, Fit says so before the first step, and leaves nothing behind.</summary>
public sealed class CheckpointPathTests : IDisposable
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    private readonly string folder = Directory.CreateTempSubdirectory("checkpoint-path-").FullName;

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("missing/training.checkpoint")]
    [InlineData("")]
    [InlineData("folder")]
    [InlineData("folder/")]
    [InlineData("file/training.checkpoint")]
    [InlineData("read-only")]
    public void Fit_PathThatCannotBeWritten_NamesTheOptionBeforeAnyRowIsRead(string name)
    {
        Directory.CreateDirectory(Path.Combine(folder, "folder"));
        File.WriteAllText(Path.Combine(folder, "file"), "");
        File.WriteAllText(Path.Combine(folder, "read-only"), "");
        File.SetAttributes(Path.Combine(folder, "read-only"), FileAttributes.ReadOnly);
        var (files, spy) = (Files(), new DataViewSpy(Data));

        var fit = () => Toy.Trainer(Toy.Quick with { Checkpoint = new CheckpointOptions($"{folder}/{name}") }).Fit(spy);

        fit.Should().Throw<ArgumentException>().WithMessage("The option Checkpoint cannot write to*");
        spy.Asked.Should().BeEmpty();
        File.SetAttributes(Path.Combine(folder, "read-only"), FileAttributes.Normal);
        Files().Should().Equal(files);
    }

    [Fact]
    public void Path_Empty_IsRefusedWhereItIsSet() =>
        FluentActions.Invoking(() => new CheckpointOptions("")).Should().Throw<ArgumentException>().WithParameterName("Path");

    [Fact]
    public void Fit_PathOfAnotherTraining_IsRefusedAsLongAsThatRuns()
    {
        Exception? refused = null;
        var options = Toy.Quick with { Checkpoint = new CheckpointOptions(FilePath) };

        Toy.Trainer(options with
        {
            Epochs = 1,
            Progress = _ => refused = ((Func<object>)(() => Toy.Trainer(options).Fit(Data))).Should().Throw<ArgumentException>().Which,
        }).Fit(Data);

        refused!.Message.Should().StartWith("The option Checkpoint cannot write to").And.Contain("no other training");
        FluentActions.Invoking(() => Toy.Trainer(options).Fit(Data)).Should().NotThrow();
        Files().Should().Equal("training.checkpoint");
    }

    [Fact]
    public void Fit_AfterAKilledTraining_RemovesWhatItLeft()
    {
        File.WriteAllText(FilePath + ".unfinished", "half a checkpoint");
        File.WriteAllText(FilePath + ".lock", "");

        Toy.Trainer(Toy.Quick with { Checkpoint = new CheckpointOptions(FilePath) { EveryEpochs = 5 }, Epochs = 1 }).Fit(Data);

        Files().Should().Equal("training.checkpoint");
    }

    [Fact]
    public void Fit_ThatFails_LeavesNeitherLockNorUnfinishedFile()
    {
        var options = Toy.Quick with { Checkpoint = new CheckpointOptions(FilePath), Progress = _ => throw new TimeoutException() };

        FluentActions.Invoking(() => Toy.Trainer(options).Fit(Data)).Should().Throw<TimeoutException>();

        Files().Should().Equal("training.checkpoint");
    }

    private string[] Files() => [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order()];
}
