using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A wide feature column that delivers sparse vectors, as text does.</summary>
public class SparseFeaturesTests
{
    private const int Slots = 400, Rows = 300;

    // What no training row has a value in.
    private const int FirstUnseenSlot = 380;

    private static readonly NeuralNetworkOptions Options = Toy.Quick with { FeatureColumnName = "Words", LabelColumnName = "IsSpam" };

    private static readonly IDataView Sparse = View(Texts());

    private static readonly IDataView Dense = View(Texts(), isDense: true);

    private static readonly NeuralNetworkPredictionTransformer Model = Trainer().Fit(Sparse);

    [Fact]
    public void Fit_SparseRows_AreLearned()
    {
        var metrics = Toy.ML.BinaryClassification.Evaluate(Model.Transform(View(Texts(seed: 8))), "IsSpam");

        metrics.Accuracy.Should().BeGreaterThan(0.95);
    }

    // The weights of columns that no row has are 0 after one and as the initializer has them after the other.
    [Fact]
    public void Fit_SparseOrDenseRowsPlainSgd_GivesTheSameWeights()
    {
        var options = Options with { Optimizer = new Sgd { LearningRate = 0.1f } };

        var (ofSparse, ofDense) = (Trainer(options).Fit(Sparse).Model.Network, Trainer(options).Fit(Dense).Model.Network);

        var seen = FirstUnseenSlot * 8;
        var weights = ofSparse.Parameters["dense1.weight"].Values;
        weights[..seen].ToArray().Should().Equal(ofDense.Parameters["dense1.weight"].Values[..seen].ToArray());
        weights[seen..].ToArray().Should().OnlyContain(weight => weight == 0);
        ofDense.Parameters["dense1.weight"].Values[seen..].ToArray().Should().NotContain(0);
        ofSparse.Parameters["dense2.weight"].Values.ToArray().Should().Equal(ofDense.Parameters["dense2.weight"].Values.ToArray());
    }

    [Fact]
    public void Fit_SparseRowsOnAPretrainedNetwork_KeepsItsWeightsOfUnseenColumns()
    {
        var pretrained = new Network(NetworkDefinition.Empty.Dense(8).Relu(), Shape.Vector(Slots), seed: 5);

        var network = Trainer(Options with { Network = null, Pretrained = pretrained }).Fit(Sparse).Model.Network;

        float[] now = [.. network.Parameters["dense1.weight"].Values], then = [.. pretrained.Parameters["dense1.weight"].Values];
        var seen = FirstUnseenSlot * 8;
        now[seen..].Should().Equal(then[seen..]);
        now[..seen].Should().NotEqual(then[..seen]);
    }

    [Fact]
    public void Fit_VeryWideColumn_TakesTheMemoryOfWhatIsThere()
    {
        const int slots = 100_000, rows = 500;
        var view = View(Texts(slots: slots, rows: rows), slots: slots);
        var trainer = Trainer(Options with { Epochs = 2, Network = net => net.Dense(4).Relu() });
        trainer.Fit(View(Texts()));   // compiles

        var before = GC.GetAllocatedBytesForCurrentThread();
        trainer.Fit(view);

        // Ten arrays of 4 numbers per column: weights, moments, copies for the model. The rows dense would be 200 MB.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(30_000_000);
    }

    [Fact]
    public void Transform_SparseRows_HaveTheBitsOfDenseOnesInBlocksAndRowByRow()
    {
        var texts = Texts(seed: 9);
        texts[7].Words = Densified(texts[7].Words);   // one dense row among them

        var blocks = Scores(Model.Transform(View(texts)));

        blocks.Should().Equal(Scores(Model.Transform(View(texts, isDense: true)))).And.OnlyHaveUniqueItems();
        var engine = Toy.ML.Model.CreatePredictionEngine<Text, Scored>(Model);
        texts.Select(text => engine.Predict(new Text { Words = Resized(text.Words, Slots, isDense: false) }).Score).Should().Equal(blocks);
    }

    [Fact]
    public void Save_ColumnsNeverSeen_TakeNoRoomAndTheLoadedModelPredictsTheSame()
    {
        var wide = View(Texts(), slots: 50_000);
        var model = Trainer().Fit(wide);

        var zip = ModelZip.Save(model, wide.Schema);
        var loaded = (NeuralNetworkPredictionTransformer)ModelZip.Load(zip);

        ModelZip.PayloadOf(zip, "NNPR").Length.Should().BeLessThan(20_000);   // 380 columns of 8 weights; all 50,000 are 1.6 MB
        Scores(loaded.Transform(wide)).Should().Equal(Scores(model.Transform(wide)));
        Toy.PayloadOf(loaded, wide).Should().Equal(Toy.PayloadOf(model, wide));
    }

    [Fact]
    public void Load_KeptModelWithoutWeightsOfUnseenColumns_GivesTheRecordedScores()
    {
        var candidate = ModelZip.Save(Trainer(Options with { Network = net => net.Dense(2).Relu() }).Fit(Sparse), Sparse.Schema);

        var model = ModelZip.Load(KeptFile.Read("neural-network-sparse.zip", candidate));

        // Another processor rounds otherwise.
        KeptFile.ShouldAgree("neural-network-sparse.scores.txt", Scores(model.Transform(View(Texts(seed: 5, rows: 6)))), tolerance: 1e-4f);
    }

    [Fact]
    public void Fit_PreviousModel_GoesOnAndLeavesColumnsAloneThatDoNotComeAgain()
    {
        var few = Texts().Select(text => new Text { IsSpam = text.IsSpam, Words = Only(text.Words, slot => slot < 100) }).ToArray();

        var next = Trainer().Fit(View(few), Model.Model).Model.Network.Parameters["dense1.weight"].Values;

        var before = Model.Model.Network.Parameters["dense1.weight"].Values;
        next[800..].ToArray().Should().Equal(before[800..].ToArray());
        next[..800].ToArray().Should().NotEqual(before[..800].ToArray());
    }

    [Fact]
    public void Fit_ResumedFromACheckpoint_EndsWithTheSameModelBitForBit()
    {
        var path = Path.GetTempFileName();
        using var cancellation = new CancellationTokenSource();
        var options = Options with { ValidationFraction = 0.2f, EarlyStopping = new EarlyStopping { Patience = 10 } };
        Trainer(options with
        {
            Checkpoint = new CheckpointOptions(path),
            CancellationToken = cancellation.Token,
            Progress = report =>
            {
                if (report.Epoch == 4)
                    cancellation.Cancel();
            },
        }).Fit(Sparse);

        var resumed = Trainer(options with { ResumeFrom = path }).Fit(Sparse);

        Toy.PayloadOf(resumed, Sparse).Should().Equal(Toy.PayloadOf(Trainer(options).Fit(Sparse), Sparse));
        File.Delete(path);
    }

    [Fact]
    public void Fit_OverTheBudget_StreamsSparseRowsAndLearns()
    {
        var model = Trainer(Options with { MemoryBudget = 5_000 }).Fit(Sparse);

        Toy.ML.BinaryClassification.Evaluate(model.Transform(Sparse), "IsSpam").Accuracy.Should().BeGreaterThan(0.95);
        model.Model.Network.Parameters["dense1.weight"].Values[(FirstUnseenSlot * 8)..].ToArray()
            .Should().OnlyContain(weight => weight == 0);
    }

    [Fact]
    public void Fit_RowsWithoutAnyValue_AreTrainedOn()
    {
        var options = Options with { Optimizer = new Sgd { LearningRate = 0.1f } };
        var texts = Texts();
        for (var i = 0; i < texts.Length; i += 5)
            texts[i].Words = Only(texts[i].Words, _ => false);

        float[] BiasesOf(IDataView view) => Trainer(options).Fit(view).Model.Network.Parameters["dense2.bias"].Values.ToArray();

        BiasesOf(View(texts)).Should().Equal(BiasesOf(View(texts, isDense: true)));
        BiasesOf(View(texts)).Should().NotEqual(BiasesOf(View([.. texts.Where((_, i) => i % 5 != 0)])));
    }

    [Fact]
    public void Fit_RowsOfWeightZero_AreAsIfTheyWereNotThere()
    {
        var texts = Texts();
        foreach (var (i, text) in texts.Index())
            text.Weight = i % 4 == 0 ? 0 : 1;
        var options = Options with { ExampleWeightColumnName = "Weight" };

        Toy.PayloadOf(Trainer(options).Fit(View(texts)), Sparse)
            .Should().Equal(Toy.PayloadOf(Trainer(options).Fit(View([.. texts.Where(text => text.Weight > 0)])), Sparse));
    }

    [Fact]
    public void Fit_MissingValue_NamesItsSlotOrLeavesTheRowOut()
    {
        var texts = Texts();
        texts[11].Words = new VBuffer<float>(Slots, 2, [1, float.NaN], [5, 123]);
        var fit = () => Trainer().Fit(View(texts));

        fit.Should().Throw<InvalidOperationException>().WithMessage("Column *Words* has the value NaN in row 11, slot 123.*");
        Toy.PayloadOf(Trainer(Options with { MissingValues = MissingValueHandling.SkipRow }).Fit(View(texts)), Sparse)
            .Should().Equal(Toy.PayloadOf(Trainer().Fit(View([.. texts.Where((_, i) => i != 11)])), Sparse));
    }

    // Those do not start with a dense layer, or change the rows before it.
    [Fact]
    public void Fit_FirstLayerNotDenseOrMixUp_TrainsOnDenseRows()
    {
        float[] Weights(NeuralNetworkOptions options, IDataView data) =>
            [.. Trainer(options).Fit(data).Model.Network.Parameters.SelectMany(parameter => parameter.Values.ToArray())];
        foreach (var options in new[]
        {
            Options with { Epochs = 2, Network = net => net.BatchNorm().Dense(4).Relu() },
            Options with { Epochs = 2, Augmentation = new Augmentation { MixUp = 0.2f } },
        })
            Weights(options, Sparse).Should().Equal(Weights(options, Dense));
    }

    [Fact]
    public void FindLearningRate_SparseRows_GivesTheCurveOfDenseOnes()
    {
        var trainer = Trainer(Options with { Optimizer = new Sgd() });

        trainer.FindLearningRate(Sparse, steps: 20).Points.Should().Equal(trainer.FindLearningRate(Dense, steps: 20).Points);
    }

    private static NeuralNetworkBinaryTrainer Trainer(NeuralNetworkOptions? options = null) =>
        Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options ?? Options);

    private static float[] Scores(IDataView view) => [.. view.GetColumn<float>("Score")];

    /// <summary>Ten words each, of which those of spam are mostly odd.</summary>
    private static Text[] Texts(int seed = 3, int slots = FirstUnseenSlot, int rows = Rows)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            var isSpam = random.Next(3) == 0;
            var words = Enumerable.Range(0, 10)
                .Select(_ => random.Next(slots / 2) * 2 + ((random.Next(10) > 0) == isSpam ? 1 : 0)).Distinct().Order().ToArray();
            return new Text { IsSpam = isSpam, Words = new VBuffer<float>(slots, words.Length, [.. words.Select(_ => 0.3f)], words) };
        })];
    }

    private static IDataView View(Text[] texts, bool isDense = false, int slots = Slots)
    {
        var schema = SchemaDefinition.Create(typeof(Text));
        schema["Words"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, slots);
        return Toy.ML.Data.LoadFromEnumerable(
            texts.Select(text => new Text { IsSpam = text.IsSpam, Weight = text.Weight, Words = Resized(text.Words, slots, isDense) }),
            schema);
    }

    private static VBuffer<float> Resized(VBuffer<float> words, int slots, bool isDense)
    {
        if (words.IsDense && words.Length == slots)
            return words;
        var resized = new VBuffer<float>(slots, words.GetValues().Length, words.GetValues().ToArray(), words.GetIndices().ToArray());
        return isDense ? Densified(resized) : resized;
    }

    private static VBuffer<float> Densified(VBuffer<float> words)
    {
        var values = new float[Slots];
        words.CopyTo(values.AsSpan(0, words.Length));
        return new VBuffer<float>(Slots, values);
    }

    private static VBuffer<float> Only(VBuffer<float> words, Func<int, bool> wanted)
    {
        int[] slots = [.. words.GetIndices().ToArray().Where(wanted)];
        return new VBuffer<float>(words.Length, slots.Length, [.. slots.Select(_ => 0.3f)], slots);
    }

    private sealed class Text
    {
        public bool IsSpam { get; set; }

        public float Weight { get; set; } = 1;

        [VectorType(Slots)]
        public VBuffer<float> Words { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
