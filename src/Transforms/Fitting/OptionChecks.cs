namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Refuses options that contradict each other; what is wrong with a single one its own setter refuses.</summary>
internal static class OptionChecks
{
    public static void Contradictions(BatchNormalizationOptions options)
    {
        var contradiction = options switch
        {
            { Scale: false, Gamma: not null } => "Gamma is given but Scale is off. Leave one of the two out.",
            { Center: false, Beta: not null } => "Beta is given but Center is off. Leave one of the two out.",
            { FixZero: true, Beta: not null } => "Beta is given but FixZero keeps zeros zero. Leave one of the two out.",
            { Layout: ChannelLayout.PerSlot, ImageShape: not null } =>
                "ImageShape is given but Layout is PerSlot. Leave it out, or choose ChannelsFirst or ChannelsLast.",
            { LearnedAffine: not null, LabelColumnName: null } => "LearnedAffine needs labels. Set LabelColumnName.",
            { LearnedAffine: null, LabelColumnName: not null } => "LabelColumnName is given but LearnedAffine is not. Set both or none.",
            { LearnedAffine: not null, Scale: false, Center: false } or { LearnedAffine: not null, Scale: false, FixZero: true } =>
                "LearnedAffine has nothing to learn: Scale is off, and Center is off or FixZero on.",
            { LearnedAffine: not null, Gamma: not null } or { LearnedAffine: not null, Beta: not null } =>
                "Gamma or Beta is given but LearnedAffine learns them. Leave one of the two out.",
            _ => null,
        };
        if (contradiction is not null)
            throw new ArgumentException(contradiction, nameof(options));
        if (options.Columns.CountBy(pair => pair.OutputColumnName).FirstOrDefault(output => output.Value > 1).Key is { } twice)
            throw new ArgumentException($"Two columns write the output '{twice}'. Give each its own output name.", nameof(options));
    }
}
