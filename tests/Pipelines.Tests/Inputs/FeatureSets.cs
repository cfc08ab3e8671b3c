using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Feature values and types of every sort.</summary>
internal static class FeatureSets
{
    public static DataSet[] All =>
    [
        new("ordinary", () => Ordinary.View()),
        new("one constant feature", () => Ordinary.With((row, _) => row.Features[1] = 5)),
        new("all features zero", () => Ordinary.With((row, _) => row.Features = [0, 0])),
        new("NaN", () => Ordinary.With(float.NaN))
        {
            Fitted = Outcome.Rows("*'Features'*NaN*row 3, slot 1*ReplaceMissingValues*MissingValues*"),
        },
        new("infinity", () => Ordinary.With(float.PositiveInfinity))
        {
            Fitted = Outcome.Rows("*'Features'*Infinity*row 3, slot 1*ReplaceMissingValues*"),
        },
        new("minus infinity", () => Ordinary.With(float.NegativeInfinity))
        {
            Fitted = Outcome.Rows("*'Features'*Infinity*row 3, slot 1*ReplaceMissingValues*"),
        },
        new("NaN, to be left out", () => Ordinary.With(float.NaN))
        {
            Training = options => options with { MissingValues = MissingValueHandling.SkipRow },
            Normalization = options => options with { MissingValues = MissingValueHandling.Ignore },
            HasMissing = true,
        },
        new("a feature that is always NaN, to be left out", () => Ordinary.With((row, _) => row.Features[1] = float.NaN))
        {
            Training = options => options with { MissingValues = MissingValueHandling.SkipRow },
            Normalization = options => options with { MissingValues = MissingValueHandling.ReplaceWithMean },
            HasMissing = true,
            Trained = Outcome.Rows("There is no row to train on*30 miss features*"),
        },
        new("infinity, to be left out", () => Ordinary.With(float.PositiveInfinity))
        {
            Training = options => options with { MissingValues = MissingValueHandling.SkipRow },
            Normalization = options => options with { MissingValues = MissingValueHandling.Ignore },
            HasMissing = true,
            Normalized = Outcome.Rows("*'Features'*Infinity*row 3, slot 1*infinite ones are always an error*"),
        },
        new("largest floats", () => Ordinary.With((row, i) => row.Features = [i % 2 == 0 ? float.MaxValue : float.MinValue, 1]))
        {
            Classes = Outcome.Diverges("*loss became NaN*scaled alike*"),
            YesNo = Outcome.Diverges("*loss became NaN*scaled alike*"),
            Numbers = Outcome.Diverges("*loss became NaN*scaled alike*"),
        },
        new("huge features", () => Ordinary.With((row, i) => row.Features = [1e30f * i, 1e-30f * i])),
        new("smallest floats", () => Ordinary.With((row, i) => row.Features = [float.Epsilon * (i % 3), 1e-38f * i])),
        new("one huge feature among small ones", () => Ordinary.With(1e20f)),
        new("a mean far from 0", () => Ordinary.With((row, _) => row.Features[0] += 1e7f)),
        new("sparse", () => Ordinary.Typed(Vector(2), row => new VBuffer<float>(2, 1, [row[1]], [1]))),
        new("sparse without any value", () => Ordinary.Typed(Vector(2), _ => new VBuffer<float>(2, 0, [], []))),
        new("sparse with NaN", () => Ordinary.Typed(Vector(2), _ => new VBuffer<float>(2, 1, [float.NaN], [1])))
        {
            Fitted = Outcome.Rows("*'Features'*NaN*row 0, slot 1*ReplaceMissingValues*MissingValues*"),
        },
        new("sparse of 50,000", () => Ordinary.Typed(Vector(50_000), row => new VBuffer<float>(50_000, 1, [row[1]], [7])))
        {
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single, 50000>*"),
        },
        new("vectors of any size", () => Ordinary.Typed(new VectorDataViewType(NumberDataViewType.Single), row => row))
        {
            Fitted = Outcome.Mismatch("*'Features'*known size*VarVector<Single>*[VectorType(size)]*"),
            Transformed = Outcome.Size("*'Features'*known size*[VectorType(size)]*"),
        },
        new("vectors of no size", () => Ordinary.Typed(new VectorDataViewType(NumberDataViewType.Single), _ => Array.Empty<float>()))
        {
            Fitted = Outcome.Mismatch("*'Features'*known size*VarVector<Single>*[VectorType(size)]*"),
            Transformed = Outcome.Size("*'Features'*known size*[VectorType(size)]*"),
        },
        new("rows shorter than their type", () => Ordinary.Typed(Vector(2), row => new VBuffer<float>(1, row)))
        {
            Fitted = Outcome.Rows("Column 'Features' has 1 values in a row, but its type says 2."),
            Transformed = Outcome.Rows("Column 'Features' has 1 values in *row*, but its type says 2."),
        },
        new("rows longer than their type", () => Ordinary.Typed(Vector(2), row => new VBuffer<float>(3, [.. row, 1])))
        {
            Fitted = Outcome.Rows("Column 'Features' has 3 values in a row, but its type says 2."),
            Transformed = Outcome.Rows("Column 'Features' has 3 values in *row*, but its type says 2."),
        },
        new("rows of no values", () => Ordinary.With((row, _) => row.Features = null!))
        {
            Fitted = Outcome.Rows("Column 'Features' has 0 values in a row, but its type says 2."),
            Transformed = Outcome.Rows("Column 'Features' has 0 values in *row*, but its type says 2."),
        },
        new("one feature", () => Ordinary.Typed(Vector(1), row => row[..1]))
        {
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single, 1>*"),
        },
        new("3,000 features", () => Ordinary.Typed(Vector(3000), row => Enumerable.Range(0, 3000).Select(i => row[i % 2] + i).ToArray()))
        {
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single, 3000>*"),
        },
        new("a number", () => Ordinary.Typed(NumberDataViewType.Single, row => row[0]))
        {
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Single*Concatenate*"),
            NormalizedByAnother = Outcome.Size("*'Features'*expected 2 values*got Single*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*Concatenate*"),
        },
        new("a double", () => Ordinary.Typed(NumberDataViewType.Double, row => (double)row[0]))
        {
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Double*ConvertType*Concatenate*"),
            NormalizedByAnother = Outcome.Size("*'Features'*expected 2 values*got Double*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*ConvertType*Concatenate*"),
        },
        new("a whole number", () => Ordinary.Typed(NumberDataViewType.Int32, row => (int)row[0]))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got Int32*ConvertType*Single*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Int32*ConvertType*Concatenate*"),
            NormalizedByAnother = Outcome.Size("*'Features'*ConvertType*Single*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*ConvertType*Concatenate*"),
        },
        new("vectors of doubles", () => Numbers(NumberDataViewType.Double, value => (double)value))
        {
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Vector<Double>*ConvertType*Single*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*got Vector<Double, 2>*ConvertType*Single*"),
        },
        new("vectors of whole numbers", () => Numbers(NumberDataViewType.Int32, value => (int)value))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got Vector<Int32>*ConvertType*Single*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Vector<Int32>*ConvertType*Single*"),
            NormalizedByAnother = Outcome.Size("*'Features'*ConvertType*Single*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*ConvertType*Single*"),
        },
        new("vectors of bytes", () => Numbers(NumberDataViewType.Byte, value => (byte)(9 * Math.Abs(value))))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got Vector<Byte>*ConvertType*Single*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Vector<Byte>*ConvertType*Single*"),
            NormalizedByAnother = Outcome.Size("*'Features'*ConvertType*Single*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*ConvertType*Single*"),
        },
        new("yes or no", () => Ordinary.Typed(BooleanDataViewType.Instance, row => row[0] > 0))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got Boolean*ConvertType*Single*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Boolean*ConvertType*Concatenate*"),
            NormalizedByAnother = Outcome.Size("*'Features'*ConvertType*Single*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*ConvertType*Concatenate*"),
        },
        new("text", () => Ordinary.Typed(TextDataViewType.Instance, row => $"{row[0]}"))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got String*FeaturizeText*OneHotEncoding*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got String*FeaturizeText*OneHotEncoding*"),
            NormalizedByAnother = Outcome.Size("*'Features'*FeaturizeText*OneHotEncoding*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*FeaturizeText*OneHotEncoding*"),
        },
        new("vectors of text", () => Ordinary.Typed(Vector(2, TextDataViewType.Instance), row => new[] { "a", "b" }))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got Vector<String>*FeaturizeText*OneHotEncoding*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Vector<String>*FeaturizeText*OneHotEncoding*"),
            NormalizedByAnother = Outcome.Size("*'Features'*FeaturizeText*OneHotEncoding*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*FeaturizeText*OneHotEncoding*"),
        },
        new("dates", () => Ordinary.Typed(DateTimeDataViewType.Instance, _ => DateTime.UnixEpoch))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got DateTime*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got DateTime*"),
            Transformed = Outcome.Size("*'Features'*got DateTime*"),
        },
        new("a key", () => Ordinary.Typed(new KeyDataViewType(typeof(uint), 3), row => row[0] > 0 ? 1u : 2))
        {
            Normalized = Outcome.Mismatch("*'Features'*Single or Double*got Key<UInt32>*MapKeyToVector*"),
            Trained = Outcome.Mismatch("*'Features'*vector of Single*got Key<UInt32>*MapKeyToVector*"),
            NormalizedByAnother = Outcome.Size("*'Features'*MapKeyToVector*"),
            Predicted = Outcome.Size("*'Features'*vector of Single*MapKeyToVector*"),
        },
        new("images by plane", () => Images([3, 4, 5]))
        {
            Training = options => options with { Network = Convolution },
            Normalization = options => options with { Layout = ChannelLayout.ChannelsFirst },
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single*"),
        },
        new("images by pixel", () => Images([4, 5, 3]))
        {
            Training = options => options with { Network = Convolution, Layout = ChannelLayout.ChannelsLast },
            Normalization = options => options with { Layout = ChannelLayout.ChannelsLast },
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single*"),
        },
        new("images of one channel", () => Images([1, 6, 10]))
        {
            Training = options => options with { Network = Convolution },
            Normalization = options => options with { Layout = ChannelLayout.ChannelsFirst },
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single*"),
        },
        new("images smaller than the window", () => Images([15, 2, 2]))
        {
            Training = options => options with { Network = Convolution },
            Normalization = options => options with { Layout = ChannelLayout.ChannelsFirst },
            Trained = Outcome.Options("*Layer 1 'conv1': A 3x3 window does not fit into an input 2x2x15*Use a smaller window*"),
            Transformed = Outcome.Size("*'Features'*expected 2 values*"),
        },
        new("images without dimensions", () => Images([60]))
        {
            Training = options => options with { Network = Convolution },
            Normalization = options => options with { Layout = ChannelLayout.ChannelsFirst },
            Fitted = Outcome.Size("*'Features'*does not say where its channels are*Set ImageShape*"),
            Transformed = Outcome.Size("*'Features'*expected 2 values*"),
        },
        new("images without dimensions, of a known shape", () => Images([60]))
        {
            Training = options => options with { Network = Convolution, ImageShape = Shape.Image(4, 5, 3) },
            Normalization = options => options with { Layout = ChannelLayout.ChannelsFirst, ImageShape = Shape.Image(4, 5, 3) },
            Transformed = Outcome.Size("*'Features'*expected 2 values*got Vector<Single*"),
        },
        new("images of another shape than said", () => Images([3, 4, 5]))
        {
            Training = options => options with { Network = Convolution, ImageShape = Shape.Image(5, 5, 3) },
            Normalization = options => options with { Layout = ChannelLayout.ChannelsFirst, ImageShape = Shape.Image(5, 5, 3) },
            Fitted = Outcome.Size("*'Features'*expected 75 values for the image shape 5x5x3, got 60*"),
            Transformed = Outcome.Size("*'Features'*expected 2 values*"),
        },
    ];

    private static NetworkDefinition Convolution(NetworkDefinition net) => net.Conv2D(4).BatchNorm().Relu();

    private static VectorDataViewType Vector(int size, PrimitiveDataViewType? item = null) => new(item ?? NumberDataViewType.Single, size);

    private static IDataView Numbers<T>(NumberDataViewType type, Func<float, T> convert) =>
        Ordinary.Typed(Vector(2, type), row => row.Select(convert).ToArray());

    private static IDataView Images(int[] dimensions)
    {
        var size = dimensions.Aggregate((product, length) => product * length);
        return Ordinary.Typed(
            new VectorDataViewType(NumberDataViewType.Single, dimensions),
            row => Enumerable.Range(0, size).Select(i => MathF.Sin(row[0] + i * row[1])).ToArray());
    }
}
