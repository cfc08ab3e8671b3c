using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>What a user can do about a column of the wrong type: a sentence for the error, or null where there is no usual way.</summary>
internal static class Remedies
{
    private const string ToSingle = "Convert it with Conversion.ConvertType (outputKind: DataKind.Single).";

    /// <summary>For a column of values to normalize: Single or Double, a scalar or a vector of known size.</summary>
    public static string? ForValues(ColumnType found) => found switch
    {
        { IsText: true } => "Make numbers of text with Text.FeaturizeText, or of categories with Categorical.OneHotEncoding.",
        { IsKey: true } => "Make indicators of the key with Conversion.MapKeyToVector.",
        { IsOfUnknownSize: true } =>
            "Its size is not known: if the column comes from a class, put [VectorType(size)] on the property, for a PredictionEngine's " +
            "input class too.",
        { Item: NumberDataViewType } when found.Item == NumberDataViewType.Single || found.Item == NumberDataViewType.Double => null,
        { IsNumber: true } => ToSingle,
        _ => null,
    };

    /// <summary>For features: a vector of Single of known size.</summary>
    public static string? ForFeatures(ColumnType found) => found switch
    {
        { IsNumber: true, IsOfUnknownSize: false } when found.Item != NumberDataViewType.Single =>
            ToSingle + (found.IsScalar ? " Then put all features into one vector with Concatenate." : ""),
        { IsNumber: true, IsScalar: true } => "Put all features into one vector with Concatenate.",
        _ => ForValues(found),
    };

    /// <summary>For a label that must be one of some kinds.</summary>
    public static string? ForLabel(ColumnType found, ReadOnlySpan<LabelKind> kinds)
    {
        if (!found.IsScalar)
            return "A label is one value per row, not a vector.";
        if (kinds.Contains(LabelKind.Key) && (kinds.Length == 1 || found.IsText || found.IsKey))
            return found.IsKey
                ? "Give the key the type UInt32 with Conversion.ConvertType (outputKind: DataKind.UInt32)."
                : "Append Conversion.MapValueToKey for it before.";
        return kinds.Contains(LabelKind.Number) ? ForNumber(found) : ForYesOrNo(found);
    }

    /// <summary>For a column that must be a Single: a weight.</summary>
    public static string? ForWeight(ColumnType found) => found switch
    {
        { IsScalar: false } => "A weight is one value per row, not a vector.",
        { IsText: true } => $"If the text holds numbers: {ToSingle}",
        { IsNumber: true } => ToSingle,
        _ => null,
    };

    private static string? ForNumber(ColumnType found) => found switch
    {
        { IsKey: true } => "A key is a class: use MulticlassClassification.Trainers, or turn it back with Conversion.MapKeyToValue.",
        { IsBoolean: true } => $"For yes or no use BinaryClassification.Trainers. {ToSingle}",
        { IsText: true } => $"For classes use MulticlassClassification.Trainers. If the text holds numbers: {ToSingle}",
        { IsNumber: true } => ToSingle,
        _ => null,
    };

    private static string? ForYesOrNo(ColumnType found) => found switch
    {
        { IsKey: true } => "A key is a class: use MulticlassClassification.Trainers, or Conversion.MapKeyToValue and MapValue.",
        { IsText: true } =>
            "If the text says true or false, convert it with Conversion.ConvertType (outputKind: DataKind.Boolean); else use MapValue.",
        { IsNumber: true } =>
            "Convert it with Conversion.ConvertType (outputKind: DataKind.Boolean), which makes false of 0; " +
            "for a number to predict use Regression.Trainers.",
        _ => null,
    };
}
