using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Columns that are missing, hidden, twice there, or something else; and weights of every sort.</summary>
internal static class ColumnSets
{
    private static readonly Func<NeuralNetworkOptions, NeuralNetworkOptions> TrainWeighted =
        options => options with { ExampleWeightColumnName = "Weight" };

    private static readonly Func<BatchNormalizationOptions, BatchNormalizationOptions> NormalizeWeighted =
        options => options with { ExampleWeightColumnName = "Weight" };

    public static DataSet[] All =>
    [
        new("no features", () => Ordinary.Without("Features"))
        {
            Fitted = Outcome.Mismatch("There is no * column 'Features'. The data has: Class, *"),
            Transformed = Outcome.Size("There is no * column 'Features'. The data has: Class, *"),
        },
        new("features in another case", () =>
            Toy.ML.Transforms.CopyColumns("features", "Features").Append(Toy.ML.Transforms.DropColumns("Features"))
                .Fit(Ordinary.View()).Transform(Ordinary.View()))
        {
            Fitted = Outcome.Mismatch("There is no * column 'Features'. Did you mean 'features'?*"),
            Transformed = Outcome.Size("There is no * column 'Features'. Did you mean 'features'?*"),
        },
        new("features that hide text of the same name", () => HidesText()),
        new("text that hides features of the same name", () =>
            Toy.ML.Transforms.CopyColumns("Features", "Text").Fit(Ordinary.View()).Transform(Ordinary.View()))
        {
            Fitted = Outcome.Mismatch("*'Features'*got String*FeaturizeText*"),
            Transformed = Outcome.Size("*'Features'*got String*FeaturizeText*"),
        },
        new("a Score of another model", () => Estimators.Trainers(options => options)[2].Fit(Ordinary.View()).Transform(Ordinary.View())),
        new("a column Normalized of another type", () =>
            Toy.ML.Transforms.CopyColumns("Normalized", "Text").Fit(Ordinary.View()).Transform(Ordinary.View())),
        new("the label as a feature", () =>
            Toy.ML.Transforms.Concatenate("Features", "Number", "Weight").Fit(Ordinary.View()).Transform(Ordinary.View())),
        Weighted("weights", () => Ordinary.With((row, i) => row.Weight = i % 4)),
        Weighted("weights of 0 alone", () => Ordinary.With((row, _) => row.Weight = 0)) with
        {
            Normalized = Outcome.Rows("There is no row*'Features'*weight above 0 in column 'Weight'.*"),
            Trained = Outcome.Rows("There is no row to train on*30 have weight 0.*"),
        },
        Weighted("one weight above 0", () => Ordinary.With((row, i) => row.Weight = i == 5 ? 1 : 0)) with
        {
            Trained = Outcome.Rows("There is only one row to train on*"),
        },
        Weighted("a negative weight", () => Ordinary.With((row, i) => row.Weight = i == 5 ? -1 : 1)) with
        {
            Fitted = Outcome.Rows("Column 'Weight' has the weight -1 in row 5. Weights must be finite and 0 or more."),
        },
        Weighted("a missing weight", () => Ordinary.With((row, i) => row.Weight = i == 5 ? float.NaN : 1)) with
        {
            Fitted = Outcome.Rows("Column 'Weight' has the weight NaN in row 5. Weights must be finite and 0 or more."),
        },
        Weighted("an infinite weight", () => Ordinary.With((row, i) => row.Weight = i == 5 ? float.PositiveInfinity : 1)) with
        {
            Fitted = Outcome.Rows("Column 'Weight' has the weight Infinity in row 5. Weights must be finite and 0 or more."),
        },
        Weighted("huge weights", () => Ordinary.With((row, i) => row.Weight = 1e38f)),
        Weighted("tiny weights", () => Ordinary.With((row, i) => row.Weight = 1e-40f)),
        Weighted("no weight column", () => Ordinary.Without("Weight")) with
        {
            Fitted = Outcome.Mismatch("There is no weight column 'Weight'. The data has: *(Parameter 'ExampleWeightColumnName')"),
        },
        Weighted("weights as doubles", () => Ordinary.Replaced("Weight", NumberDataViewType.Double, row => (double)row.Weight)) with
        {
            Fitted = Outcome.Mismatch("*weight column 'Weight': expected Single, got Double*ConvertType*Single*"),
        },
        Weighted("weights as vectors", () =>
            Ordinary.Replaced("Weight", new VectorDataViewType(NumberDataViewType.Single, 1), row => new[] { 1f })) with
        {
            Fitted = Outcome.Mismatch("*weight column 'Weight': expected Single, got Vector<Single*one value per row*"),
        },
        Weighted("weights as text", () => Ordinary.Replaced("Weight", TextDataViewType.Instance, row => "1")) with
        {
            Fitted = Outcome.Mismatch("*weight column 'Weight': expected Single, got String*If the text holds numbers*ConvertType*Single*"),
        },
    ];

    private static DataSet Weighted(string name, Func<IDataView> data) =>
        new(name, data) { Training = TrainWeighted, Normalization = NormalizeWeighted };

    private static IDataView HidesText()
    {
        return Toy.ML.Transforms.CopyColumns("Kept", "Features").Append(Toy.ML.Transforms.CopyColumns("Features", "Text"))
            .Append(Toy.ML.Transforms.CopyColumns("Features", "Kept")).Fit(Ordinary.View()).Transform(Ordinary.View());
    }
}
