using Microsoft.ML;

namespace MLNet.BatchNorm.Tests;

/// <summary>What ML.NET and its users may expect of every estimator and its transformer.</summary>
internal static class EstimatorContract
{
    public static void Verify(IEstimator<ITransformer> estimator, IDataView good, params BadInput[] bad)
    {
        var transformer = estimator.Fit(good);
        DeliversWhatItPromises(estimator, transformer, good);
        SurvivesSaveAndLoad(transformer, good);
        MapsRowsAsItMapsViews(transformer, good);
        ServesManyThreads(transformer, good);
        ComputesOnlyWhatIsAskedFor(transformer, good);
        CursorContract.Verify(transformer, good);
        foreach (var input in bad)
            Refuses(estimator, transformer, input);
    }

    private static void DeliversWhatItPromises(IEstimator<ITransformer> estimator, ITransformer transformer, IDataView data)
    {
        var promised = estimator.GetOutputSchema(ShapeText.ShapeOf(data.Schema));
        var delivered = transformer.GetOutputSchema(data.Schema);
        ShapeText.Of(promised).Should().Equal(ShapeText.Of(ShapeText.ShapeOf(delivered)));
        RowText.Of(transformer.Transform(data).Schema).Should().Equal(RowText.Of(delivered));
        transformer.IsRowToRowMapper.Should().BeTrue();
        RowText.Of(transformer.GetRowToRowMapper(data.Schema).OutputSchema).Should().Equal(RowText.Of(delivered));
    }

    private static void SurvivesSaveAndLoad(ITransformer transformer, IDataView data)
    {
        var loaded = ModelZip.Load(ModelZip.Save(transformer, data.Schema));
        RowText.Of(loaded.GetOutputSchema(data.Schema)).Should().Equal(RowText.Of(transformer.GetOutputSchema(data.Schema)));
        RowText.Of(loaded.Transform(data)).Should().Equal(RowText.Of(transformer.Transform(data)));
    }

    private static void MapsRowsAsItMapsViews(ITransformer transformer, IDataView data) =>
        MapRows(transformer, data).Should().Equal(RowText.Of(transformer.Transform(data)));

    private static void ServesManyThreads(ITransformer transformer, IDataView data)
    {
        const int threads = 8, passes = 5;
        var expected = RowText.Of(transformer.Transform(data));
        var view = transformer.Transform(data);
        var found = new string[threads][][];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
            found[thread] =
                [.. Enumerable.Range(0, passes).Select(pass => (thread + pass) % 2 == 0 ? RowText.Of(view) : MapRows(transformer, data))]);
        foreach (var rows in found.SelectMany(pass => pass))
            rows.Should().Equal(expected);
    }

    private static void ComputesOnlyWhatIsAskedFor(ITransformer transformer, IDataView data)
    {
        var spy = new DataViewSpy(data);
        var view = transformer.Transform(spy);
        var everything = RowText.Visible(view.Schema).ToArray();
        var mapper = transformer.GetRowToRowMapper(data.Schema);
        foreach (var wanted in everything)
        {
            using var cursor = view.GetRowCursor([wanted]);
            var isPassedThrough = wanted.Index < data.Schema.Count;
            var expected = isPassedThrough ? [wanted.Name] : mapper.GetDependencies([wanted]).Select(column => column.Name);
            spy.Asked.Should().BeEquivalentTo(expected);
            foreach (var column in everything)
            {
                cursor.IsColumnActive(column).Should().Be(column.Index == wanted.Index, "only '{0}' was asked for", wanted.Name);
                var read = () => RowText.Reader(cursor, [column]);
                if (column.Index == wanted.Index)
                    read.Should().NotThrow();
                else
                    read.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*{column.Name}*");
            }
        }
    }

    private static void Refuses(IEstimator<ITransformer> estimator, ITransformer transformer, BadInput bad)
    {
        Refuses(() => estimator.GetOutputSchema(ShapeText.ShapeOf(bad.Data.Schema)), bad, bad.Option);
        Refuses(() => estimator.Fit(bad.Data), bad, bad.Option);
        if (bad.TransformerTakesIt)
            return;
        Refuses(() => transformer.GetOutputSchema(bad.Data.Schema), bad, "inputSchema");
        Refuses(() => transformer.GetRowToRowMapper(bad.Data.Schema), bad, "inputSchema");
        Refuses(() => transformer.Transform(bad.Data), bad, "input");
    }

    private static void Refuses(Func<object> use, BadInput bad, string parameter) =>
        use.Should().Throw<ArgumentOutOfRangeException>().WithMessage(bad.Message).WithParameterName(parameter);

    private static string[] MapRows(ITransformer transformer, IDataView data)
    {
        var mapper = transformer.GetRowToRowMapper(data.Schema);
        using var cursor = data.GetRowCursor(data.Schema);
        var columns = RowText.Visible(mapper.OutputSchema).ToArray();
        return RowText.Of(cursor, mapper.GetRow(cursor, columns), columns);
    }
}
