namespace MLNet.BatchNorm.Search;

/// <summary>What is searched for each task: what a user would try who knows the defaults, and does not know better.</summary>
internal static class Spaces
{
    /// <summary>Layers with batch normalization and all that belongs to them.</summary>
    public static NeuralNetworkOptions Digits(SearchTrial trial)
    {
        var depth = trial.Integer("depth", 1, 3);
        var width = trial.Choose("width", 32, 64, 128, 256);
        var norm = new BatchNormDefinition
        {
            Momentum = trial.LogUniform("momentum", 0.01f, 0.3f),
            Epsilon = trial.LogUniform("epsilon", 1e-6f, 1e-1f),
        };
        var dropout = trial.Uniform("dropout", 0, 0.5f);
        return new NeuralNetworkOptions
        {
            Network = net => Enumerable.Range(0, depth)
                .Aggregate(net, (layers, _) => layers.Dense(width).Add(norm).Relu().Dropout(dropout)),
            Optimizer = new AdamW
            {
                LearningRate = trial.LogUniform("learning rate", 1e-4f, 1e-1f),
                WeightDecay = trial.LogUniform("weight decay", 1e-3f, 1),
            },
            BatchSize = trial.Choose("batch size", 16, 32, 64),
            Epochs = 90,
            ImageShape = Shape.Image(8, 8, 1),
            Augmentation = trial.Choose("shift", 0, 1) == 0 ? null : new Augmentation { Shift = 0.1f },
        };
    }

    public static NeuralNetworkOptions Heart(SearchTrial trial) => Table(trial) with
    {
        BatchSize = trial.Choose("batch size", 8, 16, 32),
        Epochs = trial.Choose("epochs", 18, 36, 72),
    };

    public static NeuralNetworkOptions Bike(SearchTrial trial) => Table(trial) with
    {
        BatchSize = trial.Choose("batch size", 32, 64, 128),
        Epochs = trial.Choose("epochs", 9, 18, 27),
    };

    /// <summary>The default network and optimizer, with other numbers.</summary>
    private static NeuralNetworkOptions Table(SearchTrial trial)
    {
        var width = trial.Choose("width", 32, 64, 128, 256);
        return new NeuralNetworkOptions
        {
            Network = NeuralNetworks.Tabular([width, width], dropout: trial.Uniform("dropout", 0, 0.6f)),
            Optimizer = new AdamW
            {
                LearningRate = trial.LogUniform("learning rate", 3e-4f, 3e-2f),
                Beta2 = 0.99f,
                WeightDecay = trial.LogUniform("weight decay", 1e-2f, 10),
            },
        };
    }
}
