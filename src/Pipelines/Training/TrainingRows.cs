using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Pipelines.Labels;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Reads the rows of a training and of its validation, weighs their classes, and logs which rows were left out.</summary>
internal static class TrainingRows
{
    /// <summary>The rows to train on, and those to validate with if the options ask for any.</summary>
    /// <exception cref="InvalidOperationException">There are none, or one cannot be used; the message says why.</exception>
    public static (RowSource Training, RowSource? Validation) ReadWithValidation(
        IDataView input, TrainingStart start, FitSession session)
    {
        var options = session.Options;
        // Before any row is read.
        var validationColumns = options.ValidationData is { } data
            ? start.Columns.InValidationData(data.Schema, options, session.Task, start.Head)
            : default;

        var label = start.Columns.Label;
        var training = ReadUnweighted(input, start.Columns, start.Sparse, session);
        // Where the training rows are dense, the network that they make may take no others.
        var validation = options.ValidationData is { } view
            ? ReadUnweighted(view, validationColumns, new SparseFeatures(training.IsSparse, IsStandardizedIfDense: false), session)
            : null;
        if (options.ValidationFraction > 0)
            (training, validation) = training.Split(options.ValidationFraction, session.Seed, LabelReader.ClassesOf(label));
        RequireTwo(training, session);
        return (Weighted(training, label, session), validation is null ? null : Weighted(validation, label, session));
    }

    /// <summary>The rows to train on.</summary>
    /// <exception cref="InvalidOperationException">There are none, or one cannot be used; the message says why.</exception>
    public static RowSource Read(IDataView input, TrainingStart start, FitSession session)
    {
        var rows = ReadUnweighted(input, start.Columns, start.Sparse, session);
        RequireTwo(rows, session);
        return Weighted(rows, start.Columns.Label, session);
    }

    private static RowSource ReadUnweighted(IDataView input, TrainingColumns columns, SparseFeatures sparse, FitSession session)
    {
        var options = session.Options;
        options.ClassWeights?.Check(LabelReader.ClassesOf(columns.Label));
        var stream = new LabelledRows(input, columns, session, sparse);
        var rows = RowSource.Read(stream, options.MemoryBudget, out var bytes, session.Fingerprint);
        if (rows.Rows == 0)
            throw Empty(stream, columns, session);
        if (stream.WithoutLabel > 0)
            session.Warn(
                $"{stream.WithoutLabel} rows without a label in column {columns.Label.Subject} were left out." + Unlabelled(columns));
        if (stream.WithMissingFeatures > 0)
            session.Warn(
                $"{stream.WithMissingFeatures} rows with missing or infinite values in column {columns.Features.Subject} were left out.");
        if (rows.IsSparse && stream.SparseWarning is { } warning)
            session.Warn(warning);
        if (rows is StreamedRows)
            session.Warn(
                $"The {rows.Rows} rows do not fit into the {options.MemoryBudget} bytes of the option MemoryBudget: every epoch reads " +
                $"them again. To keep them in memory set it to {bytes}.");
        if (stream.OnlyLabel is { } only && columns.Label.Reference.Data is null)
            session.Warn(
                $"Every row has the label {TextOf(columns.Label, only)} in column {columns.Label.Subject}: " +
                "there is nothing to tell apart.");
        return rows;
    }

    private static void RequireTwo(RowSource training, FitSession session)
    {
        if (training.Rows < 2)
            throw new InvalidOperationException(
                $"There is only one row to train on{Where(session)}, and at least two are needed: those with a label, a weight above 0 and "
                + "all features, which are not kept for validation.");
    }

    private static string TextOf(SourceColumn label, float target) => label.Type switch
    {
        KeyDataViewType => KeyValues.Of(label)?.TextOf((int)target) ?? $"key {target + 1}",
        BooleanDataViewType => target == 1 ? "true" : "false",
        _ => target.ToString(CultureInfo.InvariantCulture),
    };

    private static InvalidOperationException Empty(LabelledRows stream, TrainingColumns columns, FitSession session)
    {
        var what = columns.Label.Reference.Data is { } option ? $"to validate on in the option {option}" : "to train on";
        var isEmpty = stream is { WithoutLabel: 0, WithMissingFeatures: 0, WithoutWeight: 0 };
        var least = columns.Label.Reference.Data is null ? "two rows" : "one row";
        return new InvalidOperationException($"There is no row {what}{Where(session)}: " + (isEmpty
            ? "the data has no rows. See that the file is not empty, and that no filter in front leaves all out."
            : $"{stream.WithoutLabel} rows have no label in column '{columns.Label.Name}', " +
              $"{stream.WithMissingFeatures} miss features, and {stream.WithoutWeight} have weight 0. " +
              $"At least {least} must have all three." +
              (stream.WithoutLabel > 0 ? Unlabelled(columns) : "") +
              (stream.WithMissingFeatures > 0 ? " Replace missing values in front, for example with ReplaceMissingValues." : "")));
    }

    private static string Where(FitSession session) => session.Ranks is { } ranks ? $" (rank {ranks.Rank} of {ranks.Count})" : "";

    // What usually takes the labels from validation rows: their classes are others.
    private static string Unlabelled(TrainingColumns columns) => columns.Label is { Type: KeyDataViewType, Reference.Data: { } option }
        ? $" MapValueToKey gives none to classes that it was not fitted on: see that the training data has all classes of {option}."
        : "";

    private static RowSource Weighted(RowSource rows, SourceColumn label, FitSession session) =>
        session.Options.ClassWeights is { } weights ? weights.Apply(rows, LabelReader.ClassesOf(label), session.Ranks) : rows;
}
