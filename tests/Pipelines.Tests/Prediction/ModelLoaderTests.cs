using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.BatchNorm.ModelLoader;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

/// <summary>Models loaded by another process that does nothing but reference our assemblies: one process for all kinds.</summary>
public class ModelLoaderTests
{
    private static readonly MLContext ML = new(seed: 1);

    [Fact]
    public void Load_InANewProcess_GivesTheSamePredictions()
    {
        var models = Models();
        using var folder = new TemporaryFolder();
        foreach (var (name, estimator) in models)
            Save(Path.Combine(folder.Path, name), estimator);

        var (exitCode, output) = Run(folder.Path);

        output.Should().ContainAll(models.Keys.Select(name => $"{name}: same"));
        exitCode.Should().Be(0, output);
    }

    [Fact]
    public void Load_ModelThatPredictsOtherwise_IsNoticed()
    {
        using var folder = new TemporaryFolder();
        var model = Path.Combine(folder.Path, "changed");
        Save(model, ML.Transforms.BatchNormalization("Level"));
        var expected = File.ReadAllText($"{model}.expected");
        File.WriteAllText($"{model}.expected", expected.Replace("\"Level\":", "\"Level\":1", StringComparison.Ordinal));

        var (exitCode, output) = Run(folder.Path);

        exitCode.Should().Be(1, output);
    }

    private static Dictionary<string, IEstimator<ITransformer>> Models()
    {
        var quick = Toy.Quick with { Epochs = 2 };
        return new()
        {
            ["several columns"] = ML.Transforms.BatchNormalization([new("Features"), new("Level"), new("Wide")]),
            ["gamma and beta"] = ML.Transforms.BatchNormalization(
                new BatchNormalizationOptions { Columns = [new("Features")], Gamma = [1, 2, -3, 0.5f], Beta = [1], Epsilon = 0.1f }),
            ["channels first"] = ML.Transforms.BatchNormalization("Image", layout: ChannelLayout.ChannelsFirst),
            ["channels last"] = ML.Transforms.BatchNormalization("Image", layout: ChannelLayout.ChannelsLast, center: false, scale: false),
            ["dense only"] = Network(quick with { Network = net => net.Dense(5) }),
            ["no hidden layer"] = Network(quick with { Network = net => net }),
            ["batch norm, dropout, activations"] = Network(quick with
            {
                Network = net => net.BatchNorm(momentum: null)
                    .Dense(6, Initializer.Glorot).BatchNorm(epsilon: 0.01f).Relu().Dropout(0.3f)
                    .Dense(4).Sigmoid()
                    .Dense(3).Tanh(),
                Initializer = Initializer.PyTorch,
            }),
            ["labels that are numbers"] = ML.Transforms.Conversion.MapValueToKey("Label", "Number")
                .Append(Toy.Trainer(quick))
                .Append(ML.Transforms.Conversion.MapKeyToValue("PredictedNumber", "PredictedLabel")),
            ["binary"] = ML.BinaryClassification.Trainers.NeuralNetwork(quick with { LabelColumnName = "IsHigh" })
                .Append(ML.Transforms.Concatenate("Score", "Score", "Probability")),
            ["regression"] = ML.Regression.Trainers.NeuralNetwork(quick with { LabelColumnName = "Level" })
                .Append(ML.Transforms.Concatenate("Score", "Score")),
            ["regression with log link"] = ML.Transforms.CopyColumns("Count", "Number")
                .Append(ML.Transforms.Conversion.ConvertType("Count", outputKind: DataKind.Single))
                .Append(ML.Regression.Trainers.NeuralNetwork(
                    quick with { LabelColumnName = "Count", RegressionLoss = RegressionLoss.Poisson }))
                .Append(ML.Transforms.Concatenate("Score", "Score")),
            ["whole pipeline"] = ML.Transforms.Concatenate("Joined", "Features", "Image", "Level")
                .Append(ML.Transforms.BatchNormalization("Joined"))
                .Append(Network(quick with { FeatureColumnName = "Joined" })),
        };
    }

    private static EstimatorChain<KeyToValueMappingTransformer> Network(NeuralNetworkOptions options) => ML.Transforms.Conversion
        .MapValueToKey("Label")
        .Append(Toy.Trainer(options))
        .Append(ML.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel"));

    private static void Save(string path, IEstimator<ITransformer> estimator)
    {
        var rows = Rows();
        var data = ML.Data.LoadFromEnumerable(rows);
        var model = estimator.Fit(data);
        ML.Model.Save(model, data.Schema, $"{path}.zip");
        var engine = ML.Model.CreatePredictionEngine<ModelInput, ModelOutput>(model);
        File.WriteAllLines($"{path}.rows", rows.Select(row => JsonSerializer.Serialize(row)));
        File.WriteAllLines($"{path}.expected", rows.Select(row => JsonSerializer.Serialize(engine.Predict(row))));
    }

    private static ModelInput[] Rows()
    {
        var random = new Random(4);
        return
        [
            .. Enumerable.Range(0, 24).Select(i => new ModelInput
            {
                Label = $"class {i % 3}",
                IsHigh = i % 3 == 2,
                Number = 10 * (i % 3),
                Level = Number(),
                Wide = random.NextDouble(),
                Features = Numbers(4),
                Image = Numbers(12),
            }),
        ];

        float Number() => (float)(100 * random.NextDouble() - 50);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => Number())];
    }

    private static (int ExitCode, string Output) Run(string folder)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var loader = Path.Combine(AppContext.BaseDirectory, "MLNet.BatchNorm.ModelLoader.dll");
        var start = new ProcessStartInfo(dotnet, [loader, folder]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("model-loader-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
