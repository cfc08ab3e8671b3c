using MLNet.BatchNorm.Core.Data;

namespace MLNet.BatchNorm.Core.Tests.Data;

public class RowFingerprintTests
{
    private const int Inputs = 20;

    [Fact]
    public void ToString_SameRows_IsTheSameWhetherDenseOrSparseOrRoundedOtherwise()
    {
        var rows = Rows(seed: 1);
        var fingerprint = Of(rows);

        Of(rows).Should().Be(fingerprint);
        Of(rows, isSparse: true).Should().Be(fingerprint);
        Of([.. rows.Select(row => row with { Features = [.. row.Features.Select(MathF.BitIncrement)] })]).Should().Be(fingerprint);
    }

    [Fact]
    public void ToString_OtherRows_Differs()
    {
        var rows = Rows(seed: 1);
        Row[][] others =
        [
            Rows(seed: 2),
            [.. rows.Reverse()],
            [.. rows.SkipLast(1)],
            [.. rows.Select(row => row with { Features = [.. row.Features.Reverse()] })],
            [.. rows.Select((row, i) => row with { Target = i == 7 ? 1 - row.Target : row.Target })],
            [.. rows.Select((row, i) => row with { Weight = i == 7 ? 2 : 1 })],
            [.. rows.Select(row => row with { Features = new float[Inputs] })],
        ];

        others.Select(other => Of(other)).Append(Of(rows)).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void ToString_NothingButZeros_IsZero() =>
        Of([new Row(new float[Inputs], 0, 1)]).Should().MatchRegex(@"^1 rows, features 0\.0000, labels 0\.0000, weights -?1\.0000$");

    [Fact]
    public void Add_AnyRow_AllocatesNothing()
    {
        var (fingerprint, batch) = (new RowFingerprint(), BatchOf(Rows(seed: 1)[0], isSparse: false));
        fingerprint.Add(batch);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            fingerprint.Add(batch);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private static Row[] Rows(int seed)
    {
        var random = new CounterRandom((ulong)seed);
        return
        [
            .. Enumerable.Range(0, 100).Select(_ => new Row(
                [.. Enumerable.Range(0, Inputs).Select(_ => Math.Max(0, random.NextGaussian()))], random.NextBelow(2), 1)),
        ];
    }

    private static string Of(Row[] rows, bool isSparse = false)
    {
        var fingerprint = new RowFingerprint();
        foreach (var row in rows)
            fingerprint.Add(BatchOf(row, isSparse));
        return fingerprint.ToString();
    }

    private static Batch BatchOf(Row row, bool isSparse)
    {
        var batch = new Batch(Inputs, largest: 1, isSparse);
        batch.Clear(hasWeights: true);
        if (isSparse)
            batch.Sparse!.Add(row.Features, slots: []);
        else
            row.Features.CopyTo(batch.NewRow());
        batch.Add(row.Target, row.Weight);
        return batch;
    }

    private sealed record Row(float[] Features, float Target, float Weight);
}
