using System.Buffers.Binary;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class CheckpointFileTests
{
    // Written by version 0.1: three epochs of AdamW over 105 rows in batches of 16, of which the second was best.
    private static byte[] Kept { get; } = KeptFile("checkpoint-1.bin");

    // The same, and whose it is.
    private static byte[] KeptSecond { get; } = KeptFile("checkpoint-2.bin");

    // The same of three ranks, after two steps of the fourth epoch.
    private static byte[] KeptThird { get; } = KeptFile("checkpoint-3.bin");

    // Of this test alone: training changes it.
    private Checkpoint Whole { get; } = Read(Kept);

    [Fact]
    public void Read_FirstFormat_StillHasEverything()
    {
        (Whole.Seed, Whole.BatchSize, Whole.State.Steps).Should().Be((3, 16, 21));
        Whole.TrainingRows.Should().Equal(105);   // and so of one rank
        (Whole.OptimizerState.Rule, Whole.OptimizerState.Steps).Should().Be(("AdamW", 21));
        Whole.State.Epochs.Select(epoch => epoch.Epoch).Should().Equal(1, 2, 3);
        Whole.State.Before.Should().BePositive();
        Whole.State.Best!.Epoch.Should().Be(2);
        Saved.Bytes(Whole.State.Best.Network).Should().NotEqual(Saved.Bytes(Whole.Network));
    }

    [Fact]
    public void Read_SecondFormat_StillHasEverything()
    {
        var second = Read(KeptSecond);

        Written(second).Should().Equal(Written(Whole with { Description = Description }));
        second.TrainingRows.Should().Equal(105);
        second.State.Unfinished.Should().BeNull();
        second.Description.Should().BeEquivalentTo(Description, options => options.WithStrictOrdering());
        Whole.Description.Should().BeNull();
    }

    [Fact]
    public void Read_ThirdFormat_StillHasEverything()
    {
        var third = Read(KeptThird);

        Written(third).Should().Equal(KeptThird).And.Equal(Written(OfRanks(Whole)));
        third.TrainingRows.Should().Equal(105, 106, 104);
        third.State.Unfinished!.Steps.Should().Be(2);
        third.State.Unfinished.Meters.Select(meter => meter[0]).Should().Equal(1.5, 2, 0.25);
    }

    [Fact]
    public void Read_ImpossibleRanksOrUnfinishedEpoch_SaysWhichOne()
    {
        Forged(OfRanks(Whole, lastRows: 1)).Should().Throw<ModelFormatException>()
            .WithMessage("*with batches of 16 of 105 + 106 + 1 rows.");
        Forged(OfRanks(Whole, steps: 0)).Should().Throw<ModelFormatException>().WithMessage("*last epoch has 0 steps behind it.");
        Forged(OfRanks(Whole, lastLoss: double.NaN)).Should().Throw<ModelFormatException>()
            .WithMessage("*meters have gathered is not finite.");
        Forged(OfRanks(Whole)).Should().NotThrow();

        static Action Forged(Checkpoint checkpoint) => () => Read(Written(checkpoint));
    }

    [Fact]
    public void Resume_FirstFormat_GoesOnToTheEnd()
    {
        var (training, validation) = Some.Clusters(150, 5, 3, seed: 2).Split(0.3f, seed: 1);
        var settings = new TrainingSettings { Epochs = 5, BatchSize = 16, Seed = 3, Optimizer = new AdamW() };

        var result = TrainingLoop.Resume(Whole, new SoftmaxCrossEntropy(), settings).Run(training, validation);

        result.History.Select(epoch => epoch.Epoch).Should().Equal(1, 2, 3, 4, 5);
        result.History[4].TrainingLoss.Should().BeLessThan(result.History[2].TrainingLoss);
    }

    // Whoever reads meanwhile, or after a crash, has one of the two whole.
    [Fact]
    public void Write_OverAnEarlierOne_LeavesItsBytesAlone()
    {
        var folder = Directory.CreateTempSubdirectory("checkpoint");
        var path = Path.Combine(folder.FullName, "training.ckpt");
        try
        {
            File.WriteAllBytes(path, Kept);
            using var earlier = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            CheckpointFile.Write(path, ForgedOf(seed: 4));

            var bytes = new byte[Kept.Length];
            earlier.ReadExactly(bytes);
            bytes.Should().Equal(Kept);
            CheckpointFile.Read(path).Seed.Should().Be(4);
            folder.EnumerateFiles().Should().ContainSingle();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Read_ImpossibleNumbers_SaysWhichOnes()
    {
        Forged(batchSize: 1).Should().Throw<ModelFormatException>().WithMessage("*with batches of 1 of 105 rows.");
        Forged(trainingRows: -5).Should().Throw<ModelFormatException>().WithMessage("*with batches of 16 of -5 rows.");
        Forged(state: With(steps: -1)).Should().Throw<ModelFormatException>().WithMessage("*counts -1 steps in 3 epochs.");
        Forged(state: With(steps: 2)).Should().Throw<ModelFormatException>().WithMessage("*counts 2 steps in 3 epochs.");
        Forged(state: With(before: -7)).Should().Throw<ModelFormatException>().WithMessage("*took -7 x 100 ns.");
    }

    [Fact]
    public void Read_BestEpochThatTheHistoryDoesNotHave_IsRefused()
    {
        var best = Whole.State.Best!;

        Forged(state: With(best: best with { Epoch = 4 })).Should().Throw<ModelFormatException>().WithMessage("*best epoch is 4 of 3.");
        Forged(state: With(best: best with { Epoch = 0 })).Should().Throw<ModelFormatException>().WithMessage("*best epoch is 0 of 3.");
        Forged(state: With(best: best with { Epoch = 3 })).Should().Throw<ModelFormatException>()
            .WithMessage("*best epoch 3 has*another one*");
        Forged(state: With(best: best with { Loss = double.NaN })).Should().Throw<ModelFormatException>().WithMessage("*loss of NaN*");
        Forged(state: new TrainingState { Epochs = Whole.State.Epochs, Steps = 21 }).Should().Throw<ModelFormatException>()
            .WithMessage("*validation losses but no best epoch*");
    }

    [Fact]
    public void Read_BestNetworkOfOtherLayersOrWithMoreBehind_IsRefused()
    {
        var other = Whole.State.Best! with { Network = Some.SmallNetwork(inputs: 6) };
        byte[] longer = [.. Kept[..^PayloadFormat.ChecksumLength], 0];   // of the first format, which ends with the network's state
        var start = longer.AsSpan().IndexOf("MLBNNSTA"u8);
        BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(start - sizeof(int)), longer.Length - start);

        Forged(state: With(best: other)).Should().Throw<ModelFormatException>().WithMessage("*saved network state: an array has*");
        FluentActions.Invoking(() => Read(Mutation.Sealed([.. longer, .. new byte[PayloadFormat.ChecksumLength]])))
            .Should().Throw<ModelFormatException>().WithMessage("*saved network state: 1 bytes follow it.");
    }

    [Fact]
    public void Read_OptimizerThatCannotGoOn_SaysWhy()
    {
        var state = Whole.OptimizerState;
        var forged = state with { Slots = [.. state.Slots.Select(slot => slot.Select(values => values.ToArray()).ToArray())] };
        forged.Slots[1][0][0] = float.NaN;

        Forged(optimizer: forged).Should().Throw<ModelFormatException>().WithMessage("*optimizer remembers of a weight is not finite.");
        Forged(optimizer: state with { Steps = 20 }).Should().Throw<ModelFormatException>()
            .WithMessage("*optimizer counts 20 of 21 steps.");
        Forged(optimizer: state with { Steps = 30 }).Should().NotThrow();   // it went on from that of a previous model
    }

    [Fact]
    public void Write_FullDisk_KeepsTheFileBeforeItAndNothingUnfinished()
    {
        if (!OperatingSystem.IsLinux())
            return;   // elsewhere there is no file that is always full
        var folder = Directory.CreateTempSubdirectory("checkpoint-file-");
        var path = Path.Combine(folder.FullName, "training.checkpoint");
        CheckpointFile.Write(path, Whole);
        var before = File.ReadAllBytes(path);
        File.CreateSymbolicLink(WholeFile.UnfinishedOf(path), "/dev/full");

        FluentActions.Invoking(() => CheckpointFile.Write(path, Whole)).Should().Throw<IOException>().WithMessage("*No space left*");

        File.ReadAllBytes(path).Should().Equal(before);
        folder.GetFileSystemInfos().Should().ContainSingle();
        CheckpointFile.Write(path, Whole);   // there is space again
        folder.Delete(recursive: true);
    }

    private TrainingState With(long steps = 21, long before = 0, BestEpoch? best = null) => new()
    {
        Epochs = Whole.State.Epochs,
        Steps = steps,
        Before = new TimeSpan(before),
        Best = best ?? Whole.State.Best,
    };

    /// <summary>Reads the kept checkpoint with other numbers and a checksum that is right.</summary>
    private Action Forged(
        int batchSize = 16, int trainingRows = 105, TrainingState? state = null, OptimizerState? optimizer = null) =>
        () => Read(Written(ForgedOf(batchSize: batchSize, trainingRows: trainingRows, state: state, optimizer: optimizer)));

    private Checkpoint ForgedOf(
        int? seed = null, int batchSize = 16, int trainingRows = 105, TrainingState? state = null, OptimizerState? optimizer = null) =>
        Whole with
        {
            Seed = seed ?? Whole.Seed,
            BatchSize = batchSize,
            TrainingRows = [trainingRows],
            OptimizerState = optimizer ?? Whole.OptimizerState,
            State = state ?? Whole.State,
        };

    private static TrainingDescription Description { get; } = new(
        "0.1.0",
        [new("Optimizer", "AdamW"), new("Optimizer.LearningRate", "0.001"), new("Augmentation", "none")],
        ["red", "gr\u00fcn", ""],
        ["length", "width"]);

    private static Checkpoint OfRanks(Checkpoint checkpoint, int lastRows = 104, int steps = 2, double lastLoss = 0.25) => checkpoint with
    {
        TrainingRows = [105, 106, lastRows],
        OptimizerState = checkpoint.OptimizerState with { Steps = 23 },
        State = new TrainingState
        {
            Epochs = checkpoint.State.Epochs,
            Steps = 23,
            Best = checkpoint.State.Best,
            Unfinished = new UnfinishedEpoch(steps, [[1.5, 16, 3, 16], [2, 16, 7, 16], [lastLoss, 16, 9, 16]]),
        },
        Description = Description,
    };

    private static byte[] KeptFile(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Payloads", name));

    private static byte[] Written(Checkpoint checkpoint) => Saved.Written(stream => CheckpointFile.Write(stream, checkpoint));

    private static Checkpoint Read(byte[] bytes) => CheckpointFile.Read(new MemoryStream(bytes));
}
