namespace MLNet.BatchNorm.CheckpointWriter;

/// <summary>A page of about 1 MB that shows whether it is whole.</summary>
public static class SavedReport
{
    /// <summary>The page of that time.</summary>
    public static string Of(int time) => $"<html>{time}<p>{new string('x', 1_000_000)}</p>{time}</html>";
}
