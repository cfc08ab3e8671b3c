namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>Names and values that ML.NET documents for column annotations and keeps as constants of its own.</summary>
internal static class AnnotationKinds
{
    public const string IsNormalized = "IsNormalized";
    public const string KeyValues = "KeyValues";
    public const string ScoreColumnKind = "ScoreColumnKind";
    public const string ScoreColumnSetId = "ScoreColumnSetId";
    public const string ScoreValueKind = "ScoreValueKind";
    public const string SlotNames = "SlotNames";
    public const string TrainingLabelValues = "TrainingLabelValues";
}
