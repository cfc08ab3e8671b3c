using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Pipelines.Tests.Inputs;
using static MLNet.BatchNorm.Pipelines.Tests.Mistakes.Mistakes;

namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>Columns of the wrong name or type, and rows that cannot be used.</summary>
internal static class ColumnMistakes
{
    public static readonly Dictionary<string, Mistake> All = new()
    {
        ["classes are still text"] = new(() => FitClasses(Toy.View(Toy.Examples())), "'Label'", "Key<UInt32>", "String", "MapValueToKey"),
        ["classes are still numbers"] = new(() => FitClasses(Numbers), "'Label'", "Key<UInt32>", "Single", "MapValueToKey"),
        ["yes and no for several classes"] = new(() => FitClasses(Answers), "'Label'", "Key<UInt32>", "Boolean", "MapValueToKey"),
        ["keys for yes and no"] = new(() => FitYesNo(Classes), "'Label'", "Boolean", "Key<UInt32", "MulticlassClassification.Trainers"),
        ["text for yes and no"] =
            new(() => FitYesNo(Toy.View(Toy.Examples(["yes", "no"]))), "'Label'", "Boolean", "String", "Conversion.ConvertType"),
        ["whole numbers to predict"] =
            new(() => FitNumbers(Toy.View(Toy.Examples<int>([1, 2]))), "'Label'", "Single", "Int32", "DataKind.Single"),
        ["doubles to predict"] =
            new(() => FitNumbers(Toy.View(Toy.Examples<double>([1, 2]))), "'Label'", "Single", "Double", "DataKind.Single"),
        ["label misspelt"] = new(
            () => FitClasses(Classes, options => options with { LabelColumnName = "label" }),
            "LabelColumnName", "label column 'label'", "Label, Features", "Did you mean 'Label'?"),
        ["features misspelt"] = new(
            () => FitClasses(Classes, options => options with { FeatureColumnName = "Feature" }),
            "FeatureColumnName", "feature column 'Feature'", "Label, Features", "Did you mean 'Features'?"),
        ["weights misspelt"] = new(
            () => FitClasses(Classes, options => options with { ExampleWeightColumnName = "weight" }),
            "ExampleWeightColumnName", "weight column 'weight'", "Label, Features, Weight", "Did you mean 'Weight'?"),
        ["one feature that is no vector"] = new(
            () => FitClasses(Ordinary.Replaced("Features", NumberDataViewType.Single, row => row.Features[0]), OfClass),
            "'Features'", "a vector of Single of known size", "got Single", "Concatenate"),
        ["features of doubles"] = new(
            () => FitClasses(
                Ordinary.Typed(new VectorDataViewType(NumberDataViewType.Double, 2), row => row.Select(value => (double)value).ToArray()),
                OfClass),
            "'Features'", "a vector of Single", "Vector<Double, 2>", "ConvertType"),
        ["array without VectorType"] = new(
            () => FitClasses(Ordinary.Typed(new VectorDataViewType(NumberDataViewType.Single), row => row), OfClass),
            "'Features'", "known size", "Vector<Single>", "[VectorType(size)]"),
        ["text as features"] = new(
            () => FitClasses(Ordinary.View(), options => OfClass(options) with { FeatureColumnName = "Text" }),
            "'Text'", "a vector of Single", "String", "FeaturizeText"),
        ["a key as features"] = new(
            () => FitClasses(Ordinary.View(), options => OfClass(options) with { FeatureColumnName = "Class" }),
            "'Class'", "a vector of Single", "Key<UInt32", "MapKeyToVector"),
        ["text as weight"] = new(
            () => FitClasses(Ordinary.View(), options => OfClass(options) with { ExampleWeightColumnName = "Text" }),
            "'Text'", "Single", "String", "ConvertType"),
        ["negative weight"] = new(
            () => FitClasses(Weighted(i => i == 3 ? -1 : 1), options => options with { ExampleWeightColumnName = "Weight" }),
            "'Weight'", "finite and 0 or more", "-1 in row 3", "must be"),
        ["all weights 0"] = new(
            () => FitClasses(Weighted(_ => 0), options => options with { ExampleWeightColumnName = "Weight" }),
            "'Label'", "no row to train on", "120 have weight 0", "At least two rows must have"),
        ["missing feature"] = new(
            () => FitClasses(Ordinary.With(float.NaN), OfClass),
            "'Features'", "finite", "NaN in row 3, slot 1", "ReplaceMissingValues"),
        ["infinite feature"] = new(
            () => FitClasses(Ordinary.With(float.PositiveInfinity), OfClass),
            "'Features'", "finite", "Infinity in row 3, slot 1", "replace"),
        ["no rows"] = new(
            () => FitClasses(ML.Data.FilterRowsByColumn(Ordinary.View(), "Number", 1e9), OfClass),
            "row to train on", "no row", "the data has no rows", "filter in front"),
        ["one row"] = new(() => FitClasses(Ordinary.View(1), OfClass), "row to train on", "at least two", "only one", "at least two"),
        ["negative counts"] = new(
            () => FitNumbers(
                Toy.View(Toy.Examples<float>([1, -2])), options => options with { RegressionLoss = RegressionLoss.Tweedie() }),
            "'Label'", "0 or more", "-2 in row 1", "set another RegressionLoss"),
        ["other columns to validate on"] = new(
            () => FitClasses(Classes, options => options with { ValidationData = Ordinary.View() }),
            "'Label' of ValidationData", "label column", "Features, Class, YesNo", "There is no"),
        ["other keys to validate on"] = new(
            () => FitClasses(Classes, options => options with { ValidationData = Keyed("c", "b", "a") }),
            "'Label' of ValidationData", "the training data", "other key values", "Map both with one fitted MapValueToKey"),
    };

    private static NeuralNetworkOptions OfClass(NeuralNetworkOptions options) => options with { LabelColumnName = "Class" };

    private static IDataView Weighted(Func<int, float> weight)
    {
        var rows = Toy.Examples();
        foreach (var (i, row) in rows.Index())
            row.Weight = weight(i);
        return Toy.Keyed(rows);
    }
}
