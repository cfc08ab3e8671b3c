using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

/// <summary>Statistics of data that lies in shards, by ranks and by files.</summary>
public sealed class ShardTests : IDisposable
{
    private const int Shards = 8;

    private static readonly BatchNormalizationOptions Options = new()
    {
        Columns = [new InputOutputColumnPair("Features")],
        MissingValues = MissingValueHandling.Ignore,
    };

    private static readonly float[][] Rows = MakeRows();

    private readonly string folder = Directory.CreateTempSubdirectory("shards-").FullName;

    private static BatchNormalizationEstimator Estimator => TestData.ML.Transforms.BatchNormalization(Options);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Fit_ShardsByAnyNumberOfRanks_GivesTheSameBitsAsFilesAndAgreesWithOneFit()
    {
        var alone = Estimator.Fit(Shards, Open);
        var whole = Estimator.Fit(TestData.Vectors(Rows)).Columns[0];

        alone.Columns[0].Count.Should().Be(Rows.Length);
        for (var c = 0; c < whole.Channels; c++)
        {
            alone.Columns[0].Mean[c].Should().BeApproximately(whole.Mean[c], 1e-12 * (Math.Abs(whole.Mean[c]) + 1));
            alone.Columns[0].Variance[c].Should().BeApproximately(whole.Variance[c], 1e-12 * whole.Variance[c]);
        }

        foreach (var count in (int[])[1, 2, 4])
            foreach (var ofRank in ByRanks(count, Open))
                ShouldHaveTheBitsOf(alone, ofRank);
        var files = new ShardFiles(folder, Shards);
        foreach (var shard in (int[])[5, 0, 7, 3, 1, 2, 6, 4])
            files.Fit(Estimator, shard, () => Open(shard)).Should().BeTrue();
        ShouldHaveTheBitsOf(alone, files.Merge());
    }

    [Fact]
    public void Fit_Ranks_OpenTheirOwnShardsOnly()
    {
        var openedBy = new int[Shards];
        var ranks = new BatchNormalizationTransformer[3];

        ThreadRanks.Run(ranks.Length, rank => ranks[rank.Rank] = Estimator.Fit(Shards, shard =>
        {
            openedBy[shard] += 1 + 10 * rank.Rank;
            return Open(shard);
        }, rank));

        openedBy.Should().Equal(1, 11, 21, 1, 11, 21, 1, 11);
    }

    [Fact]
    public void Fit_EmptyShards_CountAsNothing()
    {
        IDataView OpenEvery3rd(int shard) => shard % 3 == 1 ? Open(shard / 3) : NoRows();
        var expected = Estimator.Fit(2, Open);

        ShouldHaveTheBitsOf(expected, Estimator.Fit(6, OpenEvery3rd));
        ByRanks(4, OpenEvery3rd, shards: 6).Should().AllSatisfy(ofRank => ShouldHaveTheBitsOf(expected, ofRank));
        var files = new ShardFiles(folder, 6);
        for (var shard = 0; shard < files.Count; shard++)
            files.Fit(Estimator, shard, () => OpenEvery3rd(shard));
        ShouldHaveTheBitsOf(expected, files.Merge());

        var nothing = () => Estimator.Fit(3, _ => NoRows());
        nothing.Should().Throw<InvalidOperationException>().WithMessage("*none of 3 shards*");
    }

    [Fact]
    public void Fit_WhatCannotBeMerged_IsRefusedBeforeAShardIsOpened()
    {
        foreach (var (options, name) in new[]
        {
            (Options with { MovingAverage = new() }, "MovingAverage"),
            (Options with { LearnedAffine = new(), LabelColumnName = "Label" }, "LearnedAffine"),
        })
        {
            var estimator = TestData.ML.Transforms.BatchNormalization(options);
            var fit = () => estimator.Fit(Shards, _ => throw new InvalidDataException("opened"));
            var write = () => new ShardFiles(folder, Shards).Fit(estimator, 0, () => throw new InvalidDataException("opened"));

            fit.Should().Throw<ArgumentException>().WithMessage($"*without {name}*");
            write.Should().Throw<ArgumentException>().WithMessage($"*without {name}*");
        }
    }

    [Fact]
    public void Fit_AShardThatDoesNotFit_IsNamed()
    {
        Failing(TestData.Vectors(Rows[..9], column: "Other")).Throw<InvalidOperationException>().WithMessage("Shard 5 *'Features'*");
        Failing(TestData.Vectors<float>([[1, 2, float.PositiveInfinity]]))
            .Throw<InvalidOperationException>().WithMessage("Shard 5 *'Features'*");
        Failing(null!).Throw<InvalidOperationException>().WithMessage("Shard 5 *returned null. Return a data view*");
        Failing(TestData.Vectors<float>([[1, 2, 3, 4]]))
            .Throw<ArgumentException>().WithMessage("*3 channels*4 channels*").WithParameterName("shards[5]");

        static FluentAssertions.Specialized.ActionAssertions Failing(IDataView fifth)
        {
            var fit = () => { ByRanks(2, shard => shard == 5 ? fifth : Open(shard)); };
            return fit.Should();
        }
    }

    [Fact]
    public void Fit_BadNumbersOfShards_AreNamed()
    {
        var none = () => Estimator.Fit(0, Open);
        var unequal = () => ThreadRanks.Run(2, rank => Estimator.Fit(4 + rank.Rank, Open, rank));
        var beyond = () => new ShardFiles(folder, 3).Fit(Estimator, 3, () => Open(0));

        none.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("shards");
        unequal.Should().Throw<ArgumentException>().WithMessage("*4, 5*").WithParameterName("shards");
        beyond.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 2*").WithParameterName("shard");
    }

    [Fact]
    public void ShardFiles_StartedAgain_FitWhatIsMissingOrDamagedOnly()
    {
        var files = FilesOfAll();
        var expected = files.Merge();
        var paths = Directory.GetFiles(folder).Order().ToArray();
        File.Delete(paths[2]);
        File.WriteAllBytes(paths[6], File.ReadAllBytes(paths[6])[..100]);
        var opened = new List<int>();

        var merge = () => files.Merge();
        merge.Should().Throw<InvalidOperationException>().WithMessage("2 of 8 parts*: 2, 6. *");
        for (var shard = 0; shard < Shards; shard++)
            files.Fit(Estimator, shard, () =>
            {
                opened.Add(shard);
                return Open(shard);
            });

        opened.Should().Equal(2, 6);
        ShouldHaveTheBitsOf(expected, files.Merge());
        Directory.GetFiles(folder).Order().Should().Equal(paths, "temporary files are gone");
    }

    [Fact]
    public void ShardFiles_AFailedShard_LeavesNoFile()
    {
        var fit = () => new ShardFiles(folder, Shards).Fit(Estimator, 4, () => TestData.Vectors<float>([[float.NegativeInfinity, 2, 3]]));

        var open = () => new ShardFiles(folder, Shards).Fit(Estimator, 4, () => null!);

        fit.Should().Throw<InvalidOperationException>().WithMessage("Shard 4 *");
        open.Should().Throw<InvalidOperationException>().WithMessage("Shard 4 *returned null*");
        Directory.GetFiles(folder).Should().BeEmpty();
    }

    [Fact]
    public void ShardFiles_OfOtherOptions_AreRefusedByPath()
    {
        var files = FilesOfAll();
        foreach (var other in new[]
        {
            Options with { Epsilon = 1 },
            Options with { Gamma = [2] },
            Options with { Columns = [new("Out", "Features")] },
            Options with { Columns = [new("Features"), new("Out", "Features")] },
            Options with { Layout = ChannelLayout.ChannelsLast, ImageShape = Shape.Image(1, 1, 3) },
        })
        {
            var fit = () => files.Fit(TestData.ML.Transforms.BatchNormalization(other), 1, () => Open(1));
            fit.Should().Throw<InvalidOperationException>().WithMessage("*part-0001-of-0008.zip*other columns or options*");
        }

        var anotherDivision = () => new ShardFiles(folder, 4).Merge();
        anotherDivision.Should().Throw<InvalidOperationException>().WithMessage("4 of 4 parts*");
    }

    private static BatchNormalizationTransformer[] ByRanks(int count, Func<int, IDataView> open, int shards = Shards)
    {
        var results = new BatchNormalizationTransformer[count];
        ThreadRanks.Run(count, rank => results[rank.Rank] = Estimator.Fit(shards, open, rank));
        return results;
    }

    private static void ShouldHaveTheBitsOf(BatchNormalizationTransformer expected, BatchNormalizationTransformer found)
    {
        var (one, other) = (expected.Columns.Single(), found.Columns.Single());
        other.Count.Should().Be(one.Count);
        other.MissingCount.Should().Equal(one.MissingCount);
        other.Mean.Select(BitConverter.DoubleToInt64Bits).Should().Equal(one.Mean.Select(BitConverter.DoubleToInt64Bits));
        other.Variance.Select(BitConverter.DoubleToInt64Bits).Should().Equal(one.Variance.Select(BitConverter.DoubleToInt64Bits));
    }

    private static IDataView NoRows() => TestData.ML.Data.SkipRows(Open(0), Rows.Length);

    private ShardFiles FilesOfAll()
    {
        var files = new ShardFiles(folder, Shards);
        for (var shard = 0; shard < Shards; shard++)
            files.Fit(Estimator, shard, () => Open(shard));
        return files;
    }

    // Of unequal lengths: shard i has 50 (i + 1) rows.
    private static IDataView Open(int shard) =>
        TestData.Vectors(Rows[(25 * shard * (shard + 1))..(25 * (shard + 1) * (shard + 2))]);

    private static float[][] MakeRows()
    {
        var random = new Random(5);
        float[][] rows = [.. Enumerable.Range(0, 25 * Shards * (Shards + 1))
            .Select(i => new[] { random.NextSingle(), 1000 + random.Next(8), i + random.NextSingle() })];
        rows[7][1] = float.NaN;
        return rows;
    }
}
