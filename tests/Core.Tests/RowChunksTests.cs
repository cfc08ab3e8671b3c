
namespace MLNet.BatchNorm.Core.Tests;

public class RowChunksTests
{
    [Theory]
    [InlineData(1, 4, new[] { 1 })]
    [InlineData(4, 4, new[] { 4 })]
    [InlineData(5, 4, new[] { 5 })]
    [InlineData(6, 4, new[] { 4, 2 })]
    [InlineData(8, 4, new[] { 4, 4 })]
    [InlineData(9, 4, new[] { 4, 5 })]
    [InlineData(5, 2, new[] { 2, 3 })]
    [InlineData(3, int.MaxValue, new[] { 3 })]
    public void Chunks_AnyRows_CoverThemWithoutASingleRow(int rows, int size, int[] expected)
    {
        var chunks = new RowChunks(rows, size);
        var found = Enumerable.Range(0, chunks.Count).Select(i => chunks[i]).ToArray();

        found.Select(chunk => chunk.Rows).Should().Equal(expected);
        found.Select(chunk => chunk.Start).Should().Equal(expected.Select((_, i) => expected[..i].Sum()));
    }
}
