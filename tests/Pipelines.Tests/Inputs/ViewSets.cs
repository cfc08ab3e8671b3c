using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Data views that are short, do not count their rows, fail, or lie.</summary>
internal static class ViewSets
{
    public static DataSet[] All =>
    [
        new("no rows", () => Ordinary.View(0))
        {
            Normalized = Outcome.Rows("There is no row*'Features'*the data has no rows.*"),
            Trained = Outcome.Rows("There is no row to train on: the data has no rows.*"),
        },
        new("one row", () => Ordinary.View(1))
        {
            Trained = Outcome.Rows("There is only one row to train on*at least two*"),
        },
        new("two rows", () => Ordinary.View(2)),
        new("equal rows", () => Ordinary.ViewOf([.. Enumerable.Repeat(Ordinary.Rows(1)[0], 30)])),
        new("rows that cannot be counted", () => Toy.ML.Data.LoadFromEnumerable(Ordinary.Rows().Where(_ => true))),
        new("shuffled", () => Toy.ML.Data.ShuffleRows(Ordinary.View(), seed: 1)),
        new("cached", () => Toy.ML.Data.Cache(Ordinary.View())),
        new("filtered", () => Toy.ML.Data.FilterRowsByColumn(Ordinary.View(), "Number", 0, 2)),
        new("filtered until nothing is left", () => Toy.ML.Data.FilterRowsByColumn(Ordinary.View(), "Number", 100, 200))
        {
            Normalized = Outcome.Rows("There is no row*'Features'*the data has no rows.*"),
            Trained = Outcome.Rows("There is no row to train on: the data has no rows.*"),
        },
        new("rows skipped and taken", () => Toy.ML.Data.TakeRows(Toy.ML.Data.SkipRows(Ordinary.View(), 3), 20)),
        new("half of a split", () => Toy.ML.Data.TrainTestSplit(Ordinary.View(), 0.5, seed: 1).TrainSet),
        new("behind another estimator", () =>
            Toy.ML.Transforms.NormalizeMinMax("Features").Fit(Ordinary.View()).Transform(Ordinary.View())),
        new("saved and loaded", () => Loaded()),
        new("a first row that fails", () => new DataViewSpy(Ordinary.View()) { FailingRow = 0 })
        {
            Fitted = Outcome.Source(DataViewSpy.Failure),
            Transformed = Outcome.Source(DataViewSpy.Failure),
        },
        new("a later row that fails", () => new DataViewSpy(Ordinary.View()) { FailingRow = 20 })
        {
            Fitted = Outcome.Source(DataViewSpy.Failure),
            Transformed = Outcome.Source(DataViewSpy.Failure),
        },
        new("rows whose source fails", () => Toy.ML.Data.LoadFromEnumerable(Ordinary.Rows().Select(
            (row, i) => i < 20 ? row : throw new InvalidDataException(DataViewSpy.Failure))))
        {
            Fitted = Outcome.Source(DataViewSpy.Failure),
            Transformed = Outcome.Source(DataViewSpy.Failure),
        },
        new("a schema that lies about the features", () =>
            new RetypedView(
                Ordinary.Typed(NumberDataViewType.Single, row => row[0]), "Features", new VectorDataViewType(NumberDataViewType.Single, 2)))
        {
            Fitted = Outcome.Rows("*GetGetter*Features: Single*"),
            Transformed = Outcome.Rows("*GetGetter*Features: Single*"),
        },
        new("a schema that lies about the size", () =>
            new RetypedView(Ordinary.View(), "Features", new VectorDataViewType(NumberDataViewType.Single, 3)))
        {
            Fitted = Outcome.Rows("Column 'Features' has 2 values in a row, but its type says 3."),
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single, 3>*"),
        },
        new("a schema that lies about the number of keys", () =>
            new RetypedView(Ordinary.View(), "Class", new KeyDataViewType(typeof(uint), 2)))
        {
            Classes = Outcome.Rows("Column 'Class' has the key 3 in row 2, but its type says that keys are 1 to 2."),
        },
    ];

    private static IDataView Loaded()
    {
        var stream = new MemoryStream();
        Toy.ML.Data.SaveAsBinary(Ordinary.View(), stream);
        return Toy.ML.Data.LoadFromBinary(new InMemory(stream.ToArray()));
    }

    private sealed class InMemory(byte[] content) : IMultiStreamSource
    {
        public int Count => 1;

        public Stream Open(int index) => new MemoryStream(content);

        public TextReader OpenTextReader(int index) => new StreamReader(Open(index));

        public string? GetPathOrNull(int index) => null;
    }
}
