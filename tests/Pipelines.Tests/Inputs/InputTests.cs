using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>
/// Every data set with every estimator: what its promise, its Fit, and the transformers say to it. Whatever is refused names the column or
/// the option, and what to do.
/// </summary>
public class InputTests
{
    private static readonly Dictionary<string, DataSet> Sets =
        ((DataSet[])[.. FeatureSets.All, .. ColumnSets.All, .. LabelSets.All, .. ViewSets.All]).ToDictionary(set => set.Name);

    // Fitted on ordinary data, once.
    private static readonly Lazy<ITransformer> Normalization = new(() => Estimators.Normalization(options => options).Fit(Ordinary.View()));

    private static readonly Lazy<ITransformer>[] Networks =
    [
        .. Estimators.Trainers(options => options).Select(trainer => new Lazy<ITransformer>(() => trainer.Fit(Ordinary.View()))),
    ];

    public static TheoryData<string> Names => [.. Sets.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Fit_EveryEstimator_TakesOrRefusesAsTheTableSays(string name)
    {
        var set = Sets[name];
        var wrong = new List<string>();
        var outcomes = new[] { set.Normalized, set.Classes, set.YesNo, set.Numbers };
        IEstimator<ITransformer>[] estimators = [Estimators.Normalization(set.Normalization), .. Estimators.Trainers(set.Training)];
        foreach (var (outcome, estimator) in outcomes.Zip(estimators))
        {
            var promise = outcome.IsPromised ? outcome : Outcome.Works;
            Expect(promise, "GetOutputSchema", () => estimator.GetOutputSchema(ShapeText.ShapeOf(set.Data().Schema)));
            Expect(outcome, "Fit", () => KeepsItsPromise(estimator, set));

            void Expect(Outcome expected, string what, Action use)
            {
                if (expected.Compare(use) is (false, var found))
                    wrong.Add($"{estimator.GetType().Name}.{what}: {found} (expected: {expected})");
            }
        }

        string.Join(Environment.NewLine, wrong).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Transform_EveryTransformer_TakesOrRefusesAsTheTableSays(string name)
    {
        var set = Sets[name];
        var wrong = new List<string>();
        foreach (var (outcome, transformer) in Networks.Select(network => (set.Predicted, network))
            .Prepend((set.NormalizedByAnother, Normalization)))
            if (outcome.Compare(() => Read(transformer.Value.Transform(set.Data()))) is (false, var found))
                wrong.Add($"{transformer.Value.GetType().Name}: {found} (expected: {outcome})");

        string.Join(Environment.NewLine, wrong).Should().BeEmpty();
    }

    [Fact]
    public void Page_Always_SaysHowManyThereAre()
    {
        var outcomes = Sets.Count * (Networks.Length + 1) * 3;   // promise, Fit and Transform of each

        Repository.Read("docs/reliability.md").Should().Contain($"is a table of {Sets.Count} data sets:")
            .And.Contain(string.Create(CultureInfo.InvariantCulture, $": {outcomes:N0} outcomes."));
    }

    private static void KeepsItsPromise(IEstimator<ITransformer> estimator, DataSet set)
    {
        var data = set.Data();
        var promised = estimator.GetOutputSchema(ShapeText.ShapeOf(data.Schema));
        var transformer = estimator.Fit(data);
        var delivered = transformer.GetOutputSchema(data.Schema);
        ShapeText.Of(promised).Should().Equal(ShapeText.Of(ShapeText.ShapeOf(delivered)));
        var added = RowText.Visible(delivered).Where(column => column.Index >= data.Schema.Count).ToArray();
        var lines = RowText.Of(transformer.Transform(data), added);
        lines.Should().HaveCount(RowText.Of(data, data.Schema[0]).Length);
        if (!set.HasMissing)
            lines.Should().NotContain(line => line.Contains("NaN") || line.Contains("Infinity"), "of finite features");
    }

    /// <summary>Reads every visible value.</summary>
    private static void Read(IDataView view)
    {
        DataViewSchema.Column[] columns = [.. RowText.Visible(view.Schema)];
        using var cursor = view.GetRowCursor(columns);
        var keep = RowText.Keeper(cursor, columns);
        while (cursor.MoveNext())
            keep();
    }
}
