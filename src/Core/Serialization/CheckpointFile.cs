using MLNet.BatchNorm.Core.Training;

// The body of a CKPT payload, version 3 (head, checksum and the form of numbers and arrays: PayloadFormat.cs):
//
//   int32 seed, int32 batch size, int32 number of training rows (of the first rank)
//   the network (NetworkPayload.cs), the optimizer state (OptimizerPayload.cs), the history (HistoryPayload.cs)
//   int64 steps, int64 elapsed time in units of 100 ns
//   boolean has best epoch, then if so: int32 epoch, float64 validation loss, int32 number of bytes, and the network's state after it as a
//   payload of its own, of kind NSTA
//   from version 2 on: boolean has description, and if so:
//     string version of the library
//     int32 number of options, then for each: string name, string value (OptionValue)
//     int32 number of labels and a string for each; int32 number of features and a string for each
//   from version 3 on: int32 number of further ranks and for each: int32 number of training rows
//     boolean has unfinished epoch, and if so: int32 steps of it that are done, and for each rank an array of float64: what its meter has
//     gathered in them
//
// Options are known by the names that users write. They are compared and never read back.

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>Saves and loads a training.</summary>
internal static class CheckpointFile
{
    private static readonly PayloadKind Kind = new("CKPT", "checkpoint", Version: 3);
    private static readonly PayloadKind StateKind = new("NSTA", "network state", Version: 1);

    /// <inheritdoc cref="WholeFile.Write(string, Action{Stream})"/>
    public static void Write(string path, Checkpoint checkpoint) => WholeFile.Write(path, stream => Write(stream, checkpoint));

    public static void Write(Stream stream, Checkpoint checkpoint)
    {
        var writer = new PayloadWriter(Kind);
        writer.Write(checkpoint.Seed);
        writer.Write(checkpoint.BatchSize);
        writer.Write(checkpoint.TrainingRows[0]);
        NetworkPayload.Write(checkpoint.Network, writer);
        OptimizerPayload.Write(checkpoint.OptimizerState, writer);
        WriteState(checkpoint.State, writer);
        WriteDescription(checkpoint.Description, writer);
        WriteRanks(checkpoint, writer);
        writer.WriteTo(stream);
    }

    /// <exception cref="ModelFormatException">It is damaged or something else.</exception>
    public static Checkpoint Read(string path)
    {
        using var stream = File.OpenRead(path);
        return Read(stream);
    }

    /// <exception cref="ModelFormatException">It is damaged or something else.</exception>
    public static Checkpoint Read(Stream stream)
    {
        var reader = PayloadReader.Open(stream, Kind);
        var (seed, batchSize, trainingRows) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        var network = NetworkPayload.Read(reader);
        var optimizerState = OptimizerPayload.Read(reader, network.TrainableParameters);
        var state = ReadState(reader, network);
        var description = reader.Version > 1 && reader.ReadBoolean() ? ReadDescription(reader) : null;
        int[] rows = reader.Version > 2 ? [trainingRows, .. ReadRowsOfFurtherRanks(reader)] : [trainingRows];
        state.Unfinished = reader.Version > 2 && reader.ReadBoolean() ? ReadUnfinished(reader, rows.Length) : null;
        if (batchSize < 2 || rows.Min() < 2)
            throw reader.Invalid($"it was trained with batches of {batchSize} of {string.Join(" + ", rows)} rows.");
        var checkpoint = new Checkpoint
        {
            Seed = seed,
            BatchSize = batchSize,
            TrainingRows = rows,
            Network = network,
            OptimizerState = optimizerState,
            State = state,
            Description = description,
        };
        if (checkpoint.OptimizerState.Steps < checkpoint.State.Steps)
            throw reader.Invalid($"its optimizer counts {checkpoint.OptimizerState.Steps} of {checkpoint.State.Steps} steps.");
        reader.Close();
        return checkpoint;
    }

    private static void WriteState(TrainingState state, PayloadWriter writer)
    {
        HistoryPayload.Write(state.Epochs, writer);
        writer.Write(state.Steps);
        writer.Write(state.Before.Ticks);
        writer.Write(state.Best is not null);
        if (state.Best is not { } best)
            return;
        writer.Write(best.Epoch);
        writer.Write(best.Loss);
        writer.WriteBytes(StateOf(best.Network));
    }

    private static TrainingState ReadState(PayloadReader reader, Network network)
    {
        var history = HistoryPayload.Read(reader);
        var (steps, elapsed) = (reader.ReadInt64(), reader.ReadInt64());
        if (steps < history.Count)
            throw reader.Invalid($"it counts {steps} steps in {history.Count} epochs.");
        if (elapsed < 0)
            throw reader.Invalid($"its training took {elapsed} x 100 ns.");
        var best = reader.ReadBoolean() ? ReadBest(reader, history, network) : null;
        if (best is null && history.Any(epoch => epoch.ValidationLoss is not null))
            throw reader.Invalid("it has validation losses but no best epoch.");
        return new TrainingState { Epochs = [.. history], Steps = steps, Before = new TimeSpan(elapsed), Best = best };
    }

    private static BestEpoch ReadBest(PayloadReader reader, TrainingHistory history, Network network)
    {
        var (epoch, loss) = (reader.ReadInt32(), reader.ReadDouble());
        if (epoch < 1 || epoch > history.Count)
            throw reader.Invalid($"its best epoch is {epoch} of {history.Count}.");
        if (history[epoch - 1].ValidationLoss != loss)
            throw reader.Invalid($"its best epoch {epoch} has a validation loss of {loss}, another one than in the history.");
        return new BestEpoch(epoch, loss, ReadNetworkState(reader.ReadBytes(), network));
    }

    private static void WriteDescription(TrainingDescription? description, PayloadWriter writer)
    {
        writer.Write(description is not null);
        if (description is null)
            return;
        writer.Write(description.Version);
        writer.Write(description.Options.Count);
        foreach (var option in description.Options)
        {
            writer.Write(option.Name);
            writer.Write(option.Value);
        }

        WriteTexts(description.Labels, writer);
        WriteTexts(description.Features, writer);
    }

    private static TrainingDescription ReadDescription(PayloadReader reader)
    {
        var version = reader.ReadString();
        var options = new OptionValue[reader.ReadCount(2 * sizeof(int))];
        foreach (ref var option in options.AsSpan())
            option = new OptionValue(reader.ReadString(), reader.ReadString());
        return new TrainingDescription(version, options, ReadTexts(reader), ReadTexts(reader));
    }

    private static void WriteRanks(Checkpoint checkpoint, PayloadWriter writer)
    {
        writer.Write(checkpoint.TrainingRows.Count - 1);
        foreach (var rows in checkpoint.TrainingRows.Skip(1))
            writer.Write(rows);
        writer.Write(checkpoint.State.Unfinished is not null);
        if (checkpoint.State.Unfinished is not { } unfinished)
            return;
        writer.Write(unfinished.Steps);
        foreach (var meter in unfinished.Meters)
            writer.Write(meter);
    }

    private static int[] ReadRowsOfFurtherRanks(PayloadReader reader)
    {
        var rows = new int[reader.ReadCount(sizeof(int))];
        foreach (ref var ofRank in rows.AsSpan())
            ofRank = reader.ReadInt32();
        return rows;
    }

    private static UnfinishedEpoch ReadUnfinished(PayloadReader reader, int ranks)
    {
        var steps = reader.ReadInt32();
        var meters = new double[ranks][];
        for (var rank = 0; rank < ranks; rank++)
            meters[rank] = ReadMeter(reader);
        return steps > 0 ? new UnfinishedEpoch(steps, meters) : throw reader.Invalid($"its last epoch has {steps} steps behind it.");
    }

    private static double[] ReadMeter(PayloadReader reader)
    {
        var state = new double[reader.ReadCount(sizeof(double))];
        foreach (ref var number in state.AsSpan())
            number = reader.ReadDouble() is var read && double.IsFinite(read)
                ? read
                : throw reader.Invalid("what its meters have gathered is not finite.");
        return state;
    }

    private static void WriteTexts(IReadOnlyList<string> texts, PayloadWriter writer)
    {
        writer.Write(texts.Count);
        foreach (var text in texts)
            writer.Write(text);
    }

    private static string[] ReadTexts(PayloadReader reader)
    {
        var texts = new string[reader.ReadCount(sizeof(int))];
        foreach (ref var text in texts.AsSpan())
            text = reader.ReadString();
        return texts;
    }

    private static byte[] StateOf(Network network)
    {
        var writer = new PayloadWriter(StateKind);
        NetworkPayload.WriteState(network, writer);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private static Network ReadNetworkState(byte[] bytes, Network sameLayers)
    {
        using var stream = new MemoryStream(bytes);
        var reader = PayloadReader.Open(stream, StateKind);
        var network = sameLayers.CopyAs(sameLayers.Definition);
        NetworkPayload.ReadState(network, reader);
        reader.Close();
        return stream.Position == stream.Length
            ? network
            : throw reader.Invalid($"{stream.Length - stream.Position} bytes follow it.");
    }
}
