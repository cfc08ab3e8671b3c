namespace MLNet.BatchNorm.Core.Layers;

/// <summary>gamma and beta of a normalization.</summary>
internal sealed class NormParameters
{
    public NormParameters(string layer, NormDefinition definition, int length)
    {
        Gamma = new Parameter($"{layer}.gamma", length, decays: false);
        Beta = new Parameter($"{layer}.beta", length, decays: false);
        Gamma.Value.Fill(definition.Scale ? definition.InitialGamma : 1);
        Learned = (definition.Scale, definition.Center) switch
        {
            (true, true) => [Gamma, Beta],
            (true, false) => [Gamma],
            (false, true) => [Beta],
            _ => [],
        };
    }

    /// <summary>All 1 if the definition does not scale.</summary>
    public Parameter Gamma { get; }

    /// <summary>All 0 if the definition does not center.</summary>
    public Parameter Beta { get; }

    /// <summary>Those of the two that the definition asks for.</summary>
    public IReadOnlyList<Parameter> Learned { get; }
}
