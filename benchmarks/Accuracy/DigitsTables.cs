using Microsoft.ML;

namespace MLNet.BatchNorm.Accuracy;

/// <summary>Test accuracy on the digits.</summary>
internal static class DigitsTables
{
    private static readonly MLContext ML = new(seed: 1);

    public static void Print(DigitRow[] trainingRows, DigitRow[] testRows)
    {
        var training = ML.Data.LoadFromEnumerable(trainingRows);
        var test = ML.Data.LoadFromEnumerable(testRows);
        double Accuracy(ITransformer model) => ML.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;

        Runs.Head("Digits", "test accuracy");
        foreach (var epochs in new[] { 10, 50 })
        {
            Runs.Print($"64-64-32-10, batch norm, {epochs} epochs", ml => Network(ml, epochs, BatchNorm), training, Accuracy);
            Runs.Print($"64-64-32-10, {epochs} epochs", ml => Network(ml, epochs, Plain), training, Accuracy);
        }

        Runs.Print("SdcaMaximumEntropy", ml => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(), training, Accuracy);
        Runs.Print("LbfgsMaximumEntropy", ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(), training, Accuracy);
        Runs.Print("NaiveBayes", ml => ml.MulticlassClassification.Trainers.NaiveBayes(), training, Accuracy);
    }

    private static NetworkDefinition BatchNorm(NetworkDefinition net) => net.Dense(64).BatchNorm().Relu().Dense(32).BatchNorm().Relu();

    private static NetworkDefinition Plain(NetworkDefinition net) => net.Dense(64).Relu().Dense(32).Relu();

    private static NeuralNetworkMulticlassTrainer Network(MLContext ml, int epochs, Func<NetworkDefinition, NetworkDefinition> network) =>
        ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
        {
            Network = network,
            Initializer = Initializer.PyTorch,
            Optimizer = new Adam { LearningRate = 1e-3f },
            BatchSize = 32,
            Epochs = epochs,
            Schedule = new ConstantSchedule(),
            NormalizeFeatures = false,
            PreciseStatisticsRows = null,
        });
}
