using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Data;

public class DatasetTests
{
    [Fact]
    public void Add_MoreRowsThanABlockHolds_KeepsEachInItsPlace()
    {
        const int rows = 300_000;   // of 3 features: four blocks of 1 MB
        var builder = new DatasetBuilder(3, hasWeights: false);
        for (var row = 0; row < rows; row++)
            builder.Add([row, -row, 0.5f], target: row);

        var data = builder.ToDataset();

        for (var row = 0; row < rows; row++)
            if (!data.FeaturesOf(row).SequenceEqual([row, -row, 0.5f]) || data.TargetOf(row) != row)
                Assert.Fail($"Row {row} is {string.Join(", ", data.FeaturesOf(row).ToArray())}.");
    }

    [Fact]
    public void Split_Classes_EachGivesItsShareAndNoRowIsLost()
    {
        var builder = new DatasetBuilder(1, hasWeights: false);
        for (var i = 0; i < 1000; i++)
            builder.Add([i], target: i < 700 ? 0 : i < 990 ? 1 : 2);

        var (training, validation) = builder.ToDataset().Split(0.1f, seed: 5);

        Targets(validation).GroupBy(target => target).Select(group => group.Count()).Should().Equal(70, 29, 1);
        Features(training).Concat(Features(validation)).Order().Should().Equal(Enumerable.Range(0, 1000).Select(i => (float)i));
    }

    [Fact]
    public void Split_OnlyRowOfAClass_Trains()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (training, validation) = Labelled([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]).Split(0.1f, seed, classes: 2);

            Targets(validation).Should().Equal(0);
            Targets(training).Should().Contain(1);
        }
    }

    [Fact]
    public void Split_AnySizeAndNumberOfClasses_EveryClassKeepsATrainingRow()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var (rows, classes, fraction) = (random.Next(2, 60), random.Next(2, 12), (float)(0.02 + 0.96 * random.NextDouble()));
            float[] labels = [.. Enumerable.Range(0, rows).Select(_ => (float)(int)(classes * random.NextDouble() * random.NextDouble()))];
            var (present, wanted) = (labels.Distinct().Count(), (int)Math.Floor(rows * (double)fraction));
            var spare = Math.Min(wanted, rows - present);
            var because = $"{rows} rows of {present} classes are split at {fraction} by seed {seed}";

            if (spare == 0)
            {
                var split = () => Labelled(labels).Split(fraction, seed, classes);
                split.Should().Throw<ArgumentException>(because).WithMessage("*every class keeps at least one row*");
                continue;
            }

            var (training, validation) = Labelled(labels).Split(fraction, seed, classes);

            validation.Rows.Should().Be(spare, because);
            Targets(training).Distinct().Should().HaveCount(present, because);
            Features(training).Concat(Features(validation)).Order()
                .Should().Equal(Enumerable.Range(0, rows).Select(row => (float)row), because);
        }
    }

    [Fact]
    public void Split_NoClassIsStarved_TakesTheRowsItTookBefore()
    {
        var data = Some.Clusters(300, 1, 3, seed: 1);

        var (_, byTarget) = data.Split(0.2f, seed: 4);
        var (_, byClass) = data.Split(0.2f, seed: 4, classes: 3);

        Features(byClass).Should().Equal(Features(byTarget));
    }

    [Fact]
    public void Split_SameSeed_SameRows()
    {
        var data = Some.Clusters(100, 1, 3, seed: 1);

        Features(data.Split(0.2f, 1).Validation).Should().Equal(Features(data.Split(0.2f, 1).Validation));
        Features(data.Split(0.2f, 1).Validation).Should().NotEqual(Features(data.Split(0.2f, 2).Validation));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.05f)]
    [InlineData(1f)]
    [InlineData(float.NaN)]
    public void Split_NothingLeftOrNoFraction_Throws(float fraction)
    {
        var split = () => Some.Clusters(10, 2, 2, seed: 1).Split(fraction, seed: 1);

        split.Should().Throw<ArgumentException>().WithMessage("*fraction*");
    }

    [Fact]
    public void Add_WrongRow_NamesIt()
    {
        var builder = new DatasetBuilder(3, hasWeights: true);
        builder.Add([1, 2, 3], 0);
        var tooShort = () => builder.Add([1, 2], 0);
        var negative = () => builder.Add([1, 2, 3], 0, weight: -1);

        tooShort.Should().Throw<ArgumentException>().WithMessage("Rows of 3 features were expected, row 1 has 2*");
        negative.Should().Throw<ArgumentException>().WithMessage("weight must be 0 or more*");
    }

    /// <summary>Rows with these targets, numbered by their one feature.</summary>
    private static Dataset Labelled(float[] targets)
    {
        var builder = new DatasetBuilder(1, hasWeights: false);
        foreach (var (row, target) in targets.Index())
            builder.Add([row], target);
        return builder.ToDataset();
    }

    private static float[] Features(RowSource data) =>
        [.. Enumerable.Range(0, data.Rows).SelectMany(row => ((Dataset)data).FeaturesOf(row).ToArray())];

    private static IEnumerable<float> Targets(RowSource data) => data.Labels().Select(label => label.Target);
}
