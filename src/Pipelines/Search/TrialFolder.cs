using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>
/// Keeps trials as files: what each came to in trial-0017.json, its model in trial-0017.zip, and where its trainings were stopped in
/// checkpoints. A file is written under another name first, so that it is whole whenever it is there; that of what a trial came to is
/// written last, so that everything else of it is there too.
/// </summary>
internal sealed class TrialFolder
{
    private readonly string folder;
    private readonly MLContext ml;

    /// <exception cref="ArgumentException">There can be no such folder.</exception>
    public TrialFolder(string folder, MLContext ml)
    {
        this.folder = folder;
        this.ml = ml;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"The option Folder cannot be '{folder}': {failure.Message}", failure);
        }
    }

    /// <summary>A trial as far as it is done: as it is given, or what there is of it already.</summary>
    /// <exception cref="ArgumentException">The one that is there is of another search, or damaged.</exception>
    public TrialRecord Read(TrialRecord asked)
    {
        var path = PathOf(asked.Trial, ".json");
        if (!File.Exists(path))
            return asked;
        TrialRecord saved;
        try
        {
            using var stream = File.OpenRead(path);
            saved = TrialRecord.Read(stream);
        }
        catch (JsonException failure)
        {
            throw new ArgumentException($"'{path}' is damaged: {failure.Message} Delete it to train that trial again.", failure);
        }

        if (asked.DifferenceTo(saved) is { } difference)
            throw new ArgumentException(
                $"The folder '{folder}' is that of another search: of trial {asked.Trial}, {difference}. Give each search its own Folder.");
        DeleteOldCheckpoints(saved);   // a process that was killed may not have
        return saved;
    }

    /// <summary>Writes a trial with its newest part.</summary>
    /// <param name="record">The trial.</param>
    /// <param name="model">Of that part, and the schema of the rows; null: it failed, or there is one for each fold.</param>
    public void Write(TrialRecord record, (NeuralNetworkPredictionTransformer Transformer, DataViewSchema Schema)? model)
    {
        if (model is { } made)
            WholeFile.Write(PathOf(record.Trial, ".zip"), stream => ml.Model.Save(made.Transformer, made.Schema, stream));
        WholeFile.Write(PathOf(record.Trial, ".json"), record.Write);
        DeleteOldCheckpoints(record);
    }

    /// <summary>The model of the newest part of a trial.</summary>
    public NeuralNetworkPredictionTransformer ReadModel(int trial) =>
        ModelEntry.Only<NeuralNetworkPredictionTransformer>(ml.Model.Load(PathOf(trial, ".zip"), out _));

    public void WriteCheckpoint(int trial, int part, int division, Checkpoint checkpoint) =>
        CheckpointFile.Write(CheckpointPath(trial, part, $"{division}"), checkpoint);

    public Checkpoint ReadCheckpoint(int trial, int part, int division) =>
        CheckpointFile.Read(CheckpointPath(trial, part, $"{division}"));

    /// <summary>Lets a training go on behind the next part where it goes on behind this one.</summary>
    public void CopyCheckpoint(int trial, int part, int division) => WholeFile.Write(
        CheckpointPath(trial, part + 1, $"{division}"), stream =>
        {
            using var file = File.OpenRead(CheckpointPath(trial, part, $"{division}"));
            file.CopyTo(stream);
        });

    /// <summary>Writes all trials as a table.</summary>
    public void WriteTable(SearchResult result) => WholeFile.Write(Path.Combine(folder, "trials.csv"), stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        result.WriteCsv(writer);
    });

    // The newest part has gone on from them.
    private void DeleteOldCheckpoints(TrialRecord record)
    {
        for (var part = 0; part < record.Parts.Count - 1; part++)
            foreach (var file in Directory.GetFiles(folder, Path.GetFileName(CheckpointPath(record.Trial, part, "*"))))
                File.Delete(file);
    }

    private string CheckpointPath(int trial, int part, string division) => PathOf(trial, $".part-{part}.{division}.checkpoint");

    private string PathOf(int trial, string end) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"trial-{trial:D4}{end}"));
}
