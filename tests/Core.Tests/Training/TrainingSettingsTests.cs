using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class TrainingSettingsTests
{
    private static Network Network => new(
        NetworkDefinition.Empty.Dense(4).BatchNorm().Residual(inner => inner.Dense(4).BatchNorm().Relu()).Relu().Dense(2),
        Shape.Vector(3), seed: 1);

    [Fact]
    public void RuleOver_LearningRateFactor_IsThatOfTheLayerInnerOnesIncluded()
    {
        var rule = new TrainingSettings { LearningRateFactor = FactorOf }.RuleOver(Network);

        rule.Parameters.Zip(rule.LearningRateFactors, (parameter, factor) => (parameter.Name, factor)).Should().Equal(
            ("dense1.weight", 2), ("batchnorm1.gamma", 3), ("batchnorm1.beta", 3),
            ("residual1.dense1.weight", 4), ("residual1.batchnorm1.gamma", 4), ("residual1.batchnorm1.beta", 4),
            ("dense2.weight", 5), ("dense2.bias", 5));
    }

    [Fact]
    public void RuleOver_FrozenLayers_HaveNoFactor()
    {
        var network = Network;
        network.FreezeThrough("batchnorm1");

        new TrainingSettings { LearningRateFactor = FactorOf }.RuleOver(network).LearningRateFactors.Should().Equal(4, 4, 4, 5, 5);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void RuleOver_ImpossibleFactor_NamesTheLayer(float factor)
    {
        var rule = () => new TrainingSettings { LearningRateFactor = layer => layer == "residual1" ? factor : 1 }.RuleOver(Network);

        rule.Should().Throw<ArgumentException>().WithMessage("*LearningRateFactor*'residual1'*0 or more*");
    }

    private static float FactorOf(string layer) => layer switch
    {
        "dense1" => 2,
        "batchnorm1" => 3,
        "residual1" => 4,
        "dense2" => 5,
        _ => throw new ArgumentException($"Layer '{layer}' has nothing to train."),
    };
}
