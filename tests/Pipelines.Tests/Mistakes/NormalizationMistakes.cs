using Microsoft.ML;
using MLNet.BatchNorm.Pipelines.Tests.Inputs;
using static MLNet.BatchNorm.Pipelines.Tests.Mistakes.Mistakes;

namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>Mistakes with <c>mlContext.Transforms.BatchNormalization</c>.</summary>
internal static class NormalizationMistakes
{
    private static readonly BatchNormalizationTransformer Fitted = Fit(Numbers);

    public static readonly Dictionary<string, Mistake> All = new()
    {
        ["text to normalize"] = new(
            () => Fit(Ordinary.View(), options => options with { Columns = [new("Text")] }),
            "'Text'", "Single or Double", "String", "FeaturizeText"),
        ["whole numbers to normalize"] = new(
            () => Fit(Toy.View(Toy.Examples<int>([1, 2])), options => options with { Columns = [new("Label")] }),
            "'Label'", "Single or Double", "Int32", "ConvertType"),
        ["column to normalize misspelt"] = new(
            () => Fit(Numbers, options => options with { Columns = [new("Feature")] }),
            "'Feature'", "input column", "Label, Features, Weight", "Did you mean 'Features'?"),
        ["nothing to normalize"] = new(
            () => Fit(Numbers, options => options with { Columns = [] }), "Columns", "at least one column", "no null", "Name at least one"),
        ["two columns to one output"] = new(
            () => Fit(Numbers, options => options with { Columns = [new("Out", "Features"), new("Out", "Weight")] }),
            "'Out'", "its own output name", "Two columns", "Give each its own"),
        ["channels without a shape"] = new(
            () => Fit(Numbers, options => options with { Layout = ChannelLayout.ChannelsFirst }),
            "'Features'", "three dimensions", "Vector<Single, 2>", "Set ImageShape"),
        ["channels of another shape"] = new(
            () => Fit(Numbers, options => options with { Layout = ChannelLayout.ChannelsFirst, ImageShape = Shape.Image(8, 8, 3) }),
            "'Features'", "192 values", "got 2", "Set ImageShape"),
        ["gamma of another length"] = new(
            () => Fit(Numbers, options => options with { Gamma = [1, 2, 3] }),
            "Gamma", "2 channels", "3 values", "one value per channel"),
        ["gamma that is not used"] = new(
            () => Fit(Numbers, options => options with { Gamma = [1, 2], Scale = false }),
            "Gamma", "Scale", "off", "Leave one of the two out"),
        ["learned affine without labels"] = new(
            () => Fit(Numbers, options => options with { LearnedAffine = new() }),
            "LearnedAffine", "labels", "needs", "Set LabelColumnName"),
        ["learned affine of text"] = new(
            () => Fit(Toy.View(Toy.Examples()), options => options with { LearnedAffine = new(), LabelColumnName = "Label" }),
            "'Label'", "Key<UInt32>, Boolean or Single", "String", "MapValueToKey"),
        ["missing value to normalize"] = new(
            () => Fit(Ordinary.With(float.NaN)), "'Features'", "finite values", "NaN in row 3, slot 1", "ReplaceMissingValues"),
        ["merged with another column"] = new(
            () => Merge(Fit(Numbers, options => options with { Columns = [new("Other", "Features")] })),
            "'Out'", "'Features' to 'Out'", "'Features' to 'Other'", "Fit both"),
        ["merged with another size"] = new(
            () => Merge(Fit(Rows64)), "'Out'", "2 values of 2 channels", "64 values of 64 channels", "Fit both"),
        ["merged with other options"] = new(
            () => Merge(Fit(Numbers, options => options with { FixZero = true })),
            "'Out'", "FixZero False", "True", "Fit both with the same options"),
        ["gamma for an unknown column"] = new(
            () => Fitted.WithAffine("Features", gamma: [1, 2]), "'Features'", "the output", "There are: Out", "There are"),
        ["normalized rows of another size"] = new(
            () => Fitted.Transform(Rows64), "'Features'", "2 values", "Vector<Single, 64>", "as in the data it was fitted on"),
        ["epsilon below 0"] = new(
            () => ML.Transforms.BatchNormalization("Out", "Features", epsilon: -1), "Epsilon", "positive", "-1", "must be positive"),
    };

    private static BatchNormalizationTransformer Fit(
        IDataView data, Func<BatchNormalizationOptions, BatchNormalizationOptions>? change = null)
    {
        var options = new BatchNormalizationOptions { Columns = [new("Out", "Features")] };
        return ML.Transforms.BatchNormalization(change?.Invoke(options) ?? options).Fit(data);
    }

    private static void Merge(BatchNormalizationTransformer other) => BatchNormalizationTransformer.Merge(Fitted, other);
}
