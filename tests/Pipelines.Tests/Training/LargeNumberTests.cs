using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A year and kilometres as they come, beside a category of so many values that rows come sparse.</summary>
public class LargeNumberTests
{
    private const int Brands = 300, ManyBrands = 5_000;

    private static readonly NeuralNetworkOptions Options = new() { LabelColumnName = "Price", Seed = 1 };

    [Fact]
    public void Fit_BesideAWideCategory_IsLearnedAndSoIsTheCategory()
    {
        var (model, warnings) = Fit(Options, Cars(Brands, rows: 3_000, seed: 1), Cars(Brands, rows: 200, seed: 3));

        Toy.ML.Regression.Evaluate(model.Transform(Cars(Brands, rows: 1_000, seed: 2)), "Price").RSquared.Should().BeGreaterThan(0.97);
        model.Model.Layers[0].Name.Should().Be("encoding1");
        warnings.Should().BeEmpty();
    }

    [Fact]
    public void Fit_BesideAVeryWideCategory_IsWarnedOfUnlessScaled()
    {
        var brief = Options with { Epochs = 1 };
        var data = Cars(ManyBrands, rows: 300, seed: 1);

        var (model, warnings) = Fit(brief, data);

        model.Model.Layers[0].Name.Should().Be("dense1");
        warnings.Should().ContainSingle(line => line.Contains("'Features' has numbers of 2E+03 in slot 5000 of 5,002.")
            && line.Contains("Put NormalizeMeanVariance or BatchNormalization on the column of these numbers, in front of Concatenate."));
        var scaled = Cars(ManyBrands, rows: 300, seed: 1, yearUnit: 1_000, kilometresUnit: 100_000);
        Fit(brief, scaled).Warnings.Should().NotContain(line => line.Contains("has numbers of"));
    }

    [Fact]
    public void Fit_FeaturesThatAreNotToBeNormalized_StaySparse() =>
        Fit(Options with { NormalizeFeatures = false, Epochs = 1 }, Cars(Brands, rows: 300, seed: 1))
            .Model.Model.Layers[0].Name.Should().Be("dense1");

    [Fact]
    public void Fit_DenseRowsAndSparseOnesToValidateOn_ReportsOnThese()
    {
        var dense = Cars(Brands, rows: 200, seed: 1, isDense: true);

        var scaled = Cars(Brands, rows: 100, seed: 2, yearUnit: 1_000, kilometresUnit: 100_000);

        var (model, _) = Fit(Options with { Epochs = 1 }, dense, scaled);

        model.Model.History[^1].ValidationLoss.Should().NotBeNull();
    }

    private static (NeuralNetworkPredictionTransformer Model, List<string> Warnings) Fit(
        NeuralNetworkOptions options, IDataView data, IDataView? validation = null)
    {
        var ml = new MLContext(seed: 1);
        var warnings = new List<string>();
        ml.Log += (_, line) => warnings.AddRange(line.Kind == ChannelMessageKind.Warning ? [line.Message] : []);
        return (ml.Regression.Trainers.NeuralNetwork(options with { ValidationData = validation }).Fit(data), warnings);
    }

    private static IDataView Cars(
        int brands, int rows, int seed, float yearUnit = 1, float kilometresUnit = 1, bool isDense = false)
    {
        var random = new Random(seed);
        var size = brands + 2;
        var schema = SchemaDefinition.Create(typeof(Car));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, size);
        return Toy.ML.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(_ =>
        {
            var (brand, year, kilometres) = (random.Next(brands), 1990 + random.Next(31), random.Next(20_000, 200_000));
            var features = new VBuffer<float>(
                size, 3, [1, year / yearUnit, kilometres / kilometresUnit], [brand, brands, brands + 1]);
            return new Car
            {
                Price = (float)(20_000 * (0.8 + (brand % 5 / 10.0)) * Math.Exp(((year - 1990) / 30.0) - (kilometres / 200_000.0))),
                Features = isDense ? new VBuffer<float>(size, [.. features.DenseValues()]) : features,
            };
        }).ToArray(), schema);
    }

    private sealed class Car
    {
        public float Price { get; set; }

        public VBuffer<float> Features { get; set; }
    }
}
