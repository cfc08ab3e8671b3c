using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Serialization;

// The body of a CKPT payload, version 1 (head, checksum and the form of numbers and arrays: PayloadFormat.cs):
//
//   int32 seed, int32 batch size, int32 number of training rows
//   the network (NetworkPayload.cs), the optimizer state (OptimizerState.cs), the history (HistoryPayload.cs)
//   int64 steps, int64 elapsed time in units of 100 ns
//   boolean has best epoch, then if so: int32 epoch, float64 validation loss, int32 number of bytes, and the network's state after it as a
//   payload of its own, of kind NSTA

namespace MLNet.BatchNorm.Core.Training;

/// <summary>A training as it was after an epoch, from which it can go on (<see cref="TrainingLoop.Resume"/>).</summary>
internal sealed class Checkpoint
{
    private static readonly PayloadKind Kind = new("CKPT", "checkpoint", Version: 1);

    public required int Seed { get; init; }

    public required int BatchSize { get; init; }

    public required int TrainingRows { get; init; }

    public required Network Network { get; init; }

    public required OptimizerState OptimizerState { get; init; }

    public required TrainingState State { get; init; }

    /// <summary>Reads a checkpoint file.</summary>
    /// <exception cref="ModelFormatException">It is damaged or something else.</exception>
    public static Checkpoint Read(string path)
    {
        using var stream = File.OpenRead(path);
        var reader = PayloadReader.Open(stream, Kind);
        var checkpoint = new Checkpoint
        {
            Seed = reader.ReadInt32(),
            BatchSize = reader.ReadInt32(),
            TrainingRows = reader.ReadInt32(),
            Network = NetworkPayload.Read(reader),
            OptimizerState = OptimizerState.Read(reader),
            State = ReadState(reader),
        };
        reader.Close();
        return checkpoint;
    }

    /// <summary>
    /// Writes a checkpoint file: a new file beside it first, which then takes its place, so that a crash at any time leaves a whole one.
    /// </summary>
    public static void Write(
        string path, Network network, UpdateRule rule, TrainingSettings settings, int trainingRows, TrainingState state, TimeSpan elapsed)
    {
        var writer = new PayloadWriter(Kind);
        writer.Write(settings.Seed);
        writer.Write(settings.BatchSize);
        writer.Write(trainingRows);
        NetworkPayload.Write(network, writer);
        OptimizerState.Of(rule).Write(writer);
        WriteState(state, elapsed, writer);

        var unfinished = path + ".unfinished";
        using (var stream = File.Create(unfinished))
        {
            writer.WriteTo(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Refuses a setting that would lead elsewhere than the training that was interrupted.</summary>
    /// <exception cref="ArgumentException">The two differ.</exception>
    public static void RequireSame(string setting, int saved, int now)
    {
        if (saved != now)
            throw new ArgumentException(
                $"The checkpoint was trained with {setting} {saved}, the settings have {now}. Resume with the same {setting}.");
    }

    private static void WriteState(TrainingState state, TimeSpan elapsed, PayloadWriter writer)
    {
        HistoryPayload.Write(state.Epochs, writer);
        writer.Write(state.Steps);
        writer.Write(elapsed.Ticks);
        writer.Write(state.Best is not null);
        if (state.Best is not { } best)
            return;
        writer.Write(best.Epoch);
        writer.Write(best.Loss);
        writer.WriteBytes(best.Weights.Bytes);
    }

    private static TrainingState ReadState(PayloadReader reader)
    {
        var history = HistoryPayload.Read(reader);
        var (steps, elapsed) = (reader.ReadInt64(), new TimeSpan(reader.ReadInt64()));
        var best = reader.ReadBoolean()
            ? new BestEpoch(reader.ReadInt32(), reader.ReadDouble(), new NetworkSnapshot(reader.ReadBytes()))
            : null;
        return new TrainingState { Epochs = [.. history], Steps = steps, Before = elapsed, Best = best };
    }
}
