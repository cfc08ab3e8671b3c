using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Data;

public class RowSourceTests
{
    private const int BytesPerRow = 7 * sizeof(float);   // one feature; target and weight, as read and changed; two orders

    [Fact]
    public void Read_AsLargeAsTheBudget_IsInMemory_OneMoreRowIsStreamed()
    {
        RowSource.Read(new Numbers(50), 50 * BytesPerRow).Should().BeOfType<Dataset>();
        var streamed = RowSource.Read(new Numbers(51), 50 * BytesPerRow);

        streamed.Should().BeOfType<StreamedRows>();
        (streamed.Rows, streamed.Inputs, streamed.HasWeights, streamed.TotalWeight).Should().Be((51, 1, false, 51.0));
    }

    [Fact]
    public void Read_Weights_AreSummed() =>
        RowSource.Read(new Numbers(10, weighted: true), 1).TotalWeight.Should().Be(45);   // 0 to 9

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(20 * BytesPerRow)]
    public void InBatches_InMemoryOrStreamed_GivesEveryRowOnce(int budget)
    {
        var rows = RowSource.Read(new Numbers(101), budget);
        using var batches = rows.InBatches(10);

        var inOrder = Epoch(batches, null);
        var (first, second, again) = (Epoch(batches, 1), Epoch(batches, 2), Epoch(batches, 1));

        inOrder.Should().Equal(Enumerable.Range(0, 101).Select(i => (float)i));
        first.Order().Should().Equal(inOrder);
        first.Should().NotEqual(inOrder).And.NotEqual(second).And.Equal(again);
        (batches.Count, batches.Largest).Should().Be((10, 11));
    }

    [Fact]
    public void InBatches_Streamed_NoRowComesBeforeThePoolReachesIt()
    {
        using var batches = RowSource.Read(new Numbers(500), 20 * BytesPerRow).InBatches(10);

        var order = Epoch(batches, 1);

        for (var i = 0; i < order.Length; i++)
            order[i].Should().BeLessThan(i + 20);
        order.Select((row, i) => i - row).Max().Should().BeGreaterThan(20);   // and some come much later than they lie
    }

    [Fact]
    public void InBatches_StreamedWeightsAndTargets_StayWithTheirRow()
    {
        const int poolRows = 30;
        var rows = RowSource.Read(new Numbers(100, weighted: true), poolRows * BytesPerRow);
        using var batches = rows.InBatches(10);
        batches.Start(new CounterRandom(1));

        for (var i = 0; i < batches.Count; i++)
        {
            var batch = batches.Next();
            batch.Targets.ToArray().Should().Equal(batch.Features.ToArray().Select(feature => feature % 3));
            batch.Weights.ToArray().Should().Equal(batch.Features.ToArray());
        }
    }

    [Fact]
    public void InBatches_RowsOverTheBudget_TakeTheMemoryOfTheBudgetOnce()
    {
        const int budget = 24 << 20, inputs = 250;
        var stream = new Numbers((int)(budget * 1.08 / RowSource.BytesOf(inputs)), weighted: false, inputs);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var rows = RowSource.Read(stream, budget);
        for (var epoch = 1; epoch <= 2; epoch++)
        {
            using var batches = rows.WithTargets(target => -target).InBatches(10);
            batches.Start(new CounterRandom((ulong)epoch));
        }

        rows.Should().BeOfType<StreamedRows>();
        // Allocated in all, so no less than what is held at any time.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan((long)(1.05 * budget));
    }

    [Fact]
    public void InBatches_TwoAtOnce_DoNotShareThePool()
    {
        var rows = RowSource.Read(new Numbers(100), 20 * BytesPerRow);
        using var first = rows.InBatches(10);
        using var second = rows.InBatches(10);
        var expected = Epoch(second, 3);
        first.Start(new CounterRandom(1));

        Epoch(second, 3).Should().Equal(expected);
        Enumerable.Range(0, first.Count).SelectMany(_ => first.Next().Features.ToArray()).Order()
            .Should().Equal(Enumerable.Range(0, 100).Select(i => (float)i));
    }

    [Fact]
    public void InBatches_FewerRowsThanBefore_SaysSo()
    {
        var stream = new Numbers(100);
        using var batches = RowSource.Read(stream, 1).InBatches(10);
        stream.Count = 95;
        var epoch = () => Epoch(batches, 1);

        epoch.Should().Throw<InvalidOperationException>().WithMessage("There were 100 rows*now there are fewer*");
    }

    [Fact]
    public void Run_StreamedInOnePool_TrainsTheSameEveryTime()
    {
        float[] Train()
        {
            var network = Some.SmallNetwork(inputs: 1);
            var settings = new TrainingSettings { Epochs = 3, Seed = 5 };
            new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(RowSource.Read(new Numbers(300), 50 * BytesPerRow));
            return network.TrainableParameters[0].Value.ToArray();
        }

        Train().Should().Equal(Train());
    }

    [Fact]
    public void Run_EveryEpoch_ClosesItsCursor()
    {
        var stream = new Numbers(300);
        var rows = RowSource.Read(stream, 1);
        new TrainingLoop(Some.SmallNetwork(inputs: 1), new SoftmaxCrossEntropy(), new TrainingSettings { Epochs = 3 }).Run(rows, rows);

        stream.Opened.Should().Be(1 + 3 + 3);
        stream.Closed.Should().Be(stream.Opened);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(1)]
    public void Split_EveryRowIsInOneOfTheTwo(int budget)
    {
        var rows = RowSource.Read(new Numbers(1000, weighted: true), budget);

        var (training, validation) = rows.Split(0.2f, seed: 1);

        float[] Rows(RowSource source) => Epoch(source.InBatches(10), null);
        Rows(training).Concat(Rows(validation)).Order().Should().Equal(Rows(rows));
        validation.Rows.Should().BeInRange(160, 240);   // 200 +- three standard deviations where each row is drawn for itself
        (training.TotalWeight + validation.TotalWeight).Should().BeApproximately(rows.TotalWeight, 1e-6);
        Rows(rows.Split(0.2f, seed: 1).Validation).Should().Equal(Rows(validation));
        Rows(rows.Split(0.2f, seed: 2).Validation).Should().NotEqual(Rows(validation));
    }

    [Fact]
    public void Split_StreamedFewRows_EveryClassKeepsATrainingRow()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var rows = RowSource.Read(new Numbers(3 + seed % 9), 1);
            var (training, validation) = (rows, rows);
            try
            {
                (training, validation) = rows.Split(0.6f, seed, classes: 5);
            }
            catch (ArgumentException)   // each row is drawn for itself, so none may be
            {
                continue;
            }

            training.Labels().Select(row => row.Target).Distinct().Should().HaveCount(3, "seed is {0}", seed);
            (training.Rows + validation.Rows).Should().Be(rows.Rows);
        }
    }

    [Fact]
    public void Split_StreamedNothingLeft_Throws()
    {
        var split = () => RowSource.Read(new Numbers(10), 1).Split(1e-6f, seed: 1);

        split.Should().Throw<ArgumentException>().WithMessage("A ValidationFraction of*leaves no row of 10*");
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(1)]
    public void WithTargets_ChangesTargetsOnly(int budget)
    {
        var rows = RowSource.Read(new Numbers(7), budget);

        var changed = rows.WithTargets(target => 10 * target);

        changed.Labels().Should().Equal(rows.Labels().Select(row => (10 * row.Target, row.Weight)));
        Epoch(changed.InBatches(10), null).Should().Equal(Epoch(rows.InBatches(10), null));
        rows.Labels().First(row => row.Target > 0).Target.Should().Be(1);   // the first ones are as they were
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(1)]
    public void ClassWeights_Balanced_EveryClassWeighsTheSame(int budget)
    {
        // Of class 3 there is no row.
        var rows = ClassWeights.Balanced.Apply(RowSource.Read(new Numbers(101, weighted: true), budget), classes: 4);

        var ofClasses = rows.Labels().GroupBy(row => row.Target).Select(group => group.Sum(row => (double)row.Weight)).ToList();

        ofClasses.Should().HaveCount(3).And.OnlyContain(weight => Math.Abs(weight - 5050 / 3.0) < 1e-2);   // float32 weights of up to 100
        rows.TotalWeight.Should().BeApproximately(5050, 1e-2);
        rows.HasWeights.Should().BeTrue();
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(1)]
    public void ClassWeights_Given_MultiplyTheWeights(int budget)
    {
        var rows = ClassWeights.Of(1, 2, 0).Apply(RowSource.Read(new Numbers(6, weighted: true), budget), classes: 3);

        rows.Labels().Select(row => row.Weight).Should().Equal(0, 2, 0, 3, 8, 0);
        rows.TotalWeight.Should().Be(13);
    }

    [Fact]
    public void ClassWeights_NotOnePerClassOrNegative_Throws()
    {
        var tooFew = () => ClassWeights.Of(1, 2).Apply(RowSource.Read(new Numbers(6), 1), classes: 3);
        var negative = () => ClassWeights.Of(1, -2);

        tooFew.Should().Throw<ArgumentException>().WithMessage("ClassWeights has 2 weights for 3 classes.*");
        negative.Should().Throw<ArgumentException>().WithMessage("weights must be 0 or more*");
    }

    private static float[] Epoch(Batches batches, ulong? seed)
    {
        var features = new List<float>();
        batches.Start(seed is { } value ? new CounterRandom(value) : null);
        for (var i = 0; i < batches.Count; i++)
            features.AddRange(batches.Next().Features);
        return [.. features];
    }

    /// <summary>Row i has features i, target i mod 3 and weight i.</summary>
    private sealed class Numbers(int count, bool weighted = false, int inputs = 1) : IRowStream
    {
        public int Count { get; set; } = count;

        public int Opened { get; private set; }

        public int Closed { get; private set; }

        public int Inputs => inputs;

        public bool HasWeights => weighted;

        public IRowCursor Open()
        {
            Opened++;
            return new Cursor(this);
        }

        private sealed class Cursor(Numbers numbers) : IRowCursor
        {
            private int next;

            public bool Read(Span<float> features, out float target, out float weight)
            {
                features.Fill(next);
                (target, weight) = (next % 3, numbers.HasWeights ? next : 1);
                return next++ < numbers.Count;
            }

            public void Dispose() => numbers.Closed++;
        }
    }
}
