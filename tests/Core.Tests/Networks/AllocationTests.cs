using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class AllocationTests
{
    private const int Rows = 48;
    private static readonly Shape Input = Shape.Image(6, 4, 2);

    public static TheoryData<NetworkDefinition> Definitions =>
    [
        NetworkDefinition.Empty.Dense(9).BatchNorm().Relu().Dropout(0.1f).Dense(7).LayerNorm().Tanh().Dense(3),
        NetworkDefinition.Empty.Conv2D(5, padding: 1).BatchNorm().Relu().MaxPool2D().GroupNorm(5).Flatten().Dense(3),
        NetworkDefinition.Empty.Conv2D(6, padding: 1, groups: 2).BatchNorm().HardSwish().Conv2D(6, padding: 1, groups: 6).PRelu()
            .Add(new AveragePool2DDefinition(3) { CeilMode = true, CountIncludePad = true, Padding = 1 }).RmsNorm().GlobalMaxPool()
            .Dense(3),
        NetworkDefinition.Empty.Dense(9).Add(new ResidualDefinition(NetworkDefinition.Empty.Dense(9).BatchNorm().Relu())).Dense(3),
        NetworkDefinition.Empty.Dense(9).Add(new ResidualDefinition(NetworkDefinition.Empty.Dense(6).Gelu())).Dense(3),
    ];

    [Theory]
    [MemberData(nameof(Definitions))]
    public void Train_AfterTheFirstStep_AllocatesNothing(NetworkDefinition definition)
    {
        var network = new Network(definition, Input, seed: 1);
        var rule = new Adam { WeightDecay = 0.1f, ClipNorm = 1 }.Over(network.TrainableParameters);
        using var batches = Some.Clusters(Rows, Input.Size, classes: 3, seed: 2, weighted: true).InBatches(16);
        var step = new TrainingStep(network, new SoftmaxCrossEntropy(), rule, new CounterRandom(5), batches.Largest);
        var score = step.NewMeter();

        Allocations.Of(() =>
        {
            batches.Start(new CounterRandom(7));
            for (var number = 1; number <= batches.Count; number++)
                step.Train(batches.Next(), number, learningRate: 0.01f, score);
        }).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Definitions))]
    public void Predict_RowsAndBlocks_AllocateNothing(NetworkDefinition definition)
    {
        var predictor = new Network(definition, Input, seed: 1).ToPredictor();
        foreach (var rows in (int[])[1, 300])   // 300: more than one block
        {
            var features = Some.Values(rows * Input.Size, seed: 2);
            var outputs = new float[rows * 3];

            Allocations.Of(() => predictor.Predict(features, outputs)).Should().Be(0);
        }
    }
}
