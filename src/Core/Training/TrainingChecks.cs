using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>What is looked at before the first step of a training.</summary>
internal static class TrainingChecks
{
    /// <summary>Refuses rows and settings that cannot train the network, and ranks that do not train the same one.</summary>
    /// <exception cref="ArgumentException">They cannot.</exception>
    /// <exception cref="InvalidOperationException">The ranks differ; all of them throw this.</exception>
    public static void Require(
        Network network, Loss loss, TrainingSettings settings, TrainingState state, RowSource training, RowSource? validation,
        UpdateRule rule)
    {
        if (settings.Ranks is { } together)
            together.RequireSame(Describe(network, loss, settings, state, training, validation, rule));
        RequireRows(network, training, nameof(training));
        if (validation is not null)
            RequireRows(network, validation, nameof(validation));
        if (training.Rows < 2)
            throw new ArgumentException($"Training needs at least 2 rows, got {training.Rows}.", nameof(training));
        if (settings.EarlyStopping is not null && validation is null)
            throw new ArgumentException("Early stopping needs validation rows. Set a validation fraction.", nameof(validation));
        if (settings.Ranks is { Count: var ranks })
            RequireWholeGhosts(network, settings.RowsPerRank, ranks);
    }

    /// <summary>What is odd about the ranks, though they can train together.</summary>
    /// <param name="ranks">Null: nothing is.</param>
    /// <param name="lanes">Width of the vectors that this rank computes with.</param>
    /// <param name="batches">Batches that this rank has in an epoch.</param>
    public static IEnumerable<string> WarningsFor(Ranks? ranks, int lanes, int batches)
    {
        var widths = ranks.All(lanes);
        if (widths.Distinct().Count() > 1)
            yield return $"The ranks compute with vectors of {string.Join(", ", widths)} numbers, in the order of the ranks: their weights "
                + "may come to differ in the last digits. Run all on processors of one kind, or set DOTNET_EnableAVX512=0 on all.";
        var counts = ranks.All(batches);
        if (counts.Max() - counts.Min() > 1)
            yield return $"The ranks have rows for {string.Join(", ", counts)} batches, in the order of the ranks. An epoch has as many "
                + "steps as the shortest allows; what the others have more waits for another epoch. Give all about as many rows.";
    }

    private static void RequireRows(Network network, RowSource rows, string name)
    {
        if (rows.Inputs != network.InputShape.Size)
            throw new ArgumentException($"The network takes {network.InputShape.Size} features, the {name} rows have {rows.Inputs}.", name);
        if (rows.TotalWeight == 0)
            throw new ArgumentException($"There are {rows.Rows} {name} rows and their weights sum to 0. At least one must count.", name);
    }

    // Every rank has ghost batches of its own rows, which are to be those of one machine.
    private static void RequireWholeGhosts(Network network, int rowsPerRank, int ranks)
    {
        foreach (var layer in network.BatchNorms())
            if (layer.VirtualBatchSize is { } size && rowsPerRank % size != 0)
                throw new ArgumentException(
                    $"Layer '{layer.Name}' has a VirtualBatchSize of {size}, and each of the {ranks} ranks has {rowsPerRank} rows of a "
                    + $"batch. Choose a BatchSize that is a multiple of {(long)size * ranks}.");
    }

    private static IEnumerable<OptionValue> Describe(
        Network network, Loss loss, TrainingSettings settings, TrainingState state, RowSource training, RowSource? validation,
        UpdateRule rule) =>
    [
        new("the number of features", Text(training.Inputs)),
        new("whether features are sparse", $"{training.IsSparse}"),
        new("whether there are validation rows", $"{validation is not null}"),
        .. OptionValue.Of("the loss", loss),
        .. OptionValue.Of(nameof(settings.Optimizer), settings.Optimizer),
        .. OptionValue.Of(nameof(settings.Schedule), settings.Schedule),
        .. OptionValue.Of(nameof(settings.Epochs), settings.Epochs),
        .. OptionValue.Of(nameof(settings.BatchSize), settings.BatchSize),
        .. OptionValue.Of(nameof(settings.Augmentation), settings.Augmentation),
        .. OptionValue.Of(nameof(settings.Seed), settings.Seed),
        .. OptionValue.Of(nameof(settings.EarlyStopping), settings.EarlyStopping),
        .. OptionValue.Of(nameof(settings.TimeLimit), settings.TimeLimit),
        .. OptionValue.Of("Checkpoint.EverySteps", settings.CheckpointEverySteps),
        new(nameof(settings.LearningRateFactor), string.Join(", ", rule.LearningRateFactors.Select(factor => Text(factor)))),
        .. LayerOptions.Of(network),
        new("the number of steps behind it", Text(state.Steps)),
        new("the checksum of all weights", ChecksumOf(network)),
    ];

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string ChecksumOf(Network network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in network.Parameters)
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Values));
        foreach (var norm in network.BatchNorms())
        {
            hash.AppendData(MemoryMarshal.AsBytes(norm.RunningMean.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(norm.RunningVariance.AsSpan()));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
