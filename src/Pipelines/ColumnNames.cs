namespace MLNet.BatchNorm.Pipelines;

/// <summary>ML.NET's default names of the columns that trainers read and predictions write.</summary>
internal static class ColumnNames
{
    public const string Label = "Label";
    public const string Features = "Features";
    public const string PredictedLabel = "PredictedLabel";
    public const string Probability = "Probability";
    public const string Score = "Score";
}
