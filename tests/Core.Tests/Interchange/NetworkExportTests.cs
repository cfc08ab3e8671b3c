using MLNet.BatchNorm.Core.Interchange;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Interchange;

public class NetworkExportTests
{
    private static readonly NetworkDefinition Empty = NetworkDefinition.Empty;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 200)];

    /// <summary>A network of each kind of layer, after one that makes all channels differ.</summary>
    public static TheoryData<string, Shape> Layers
    {
        get
        {
            var data = new TheoryData<string, Shape>();
            foreach (var name in LayersByName.Keys)
                foreach (var input in new[] { Shape.Vector(6), Shape.Image(7, 5, 6), Shape.Image(6, 6, 1) })
                    if (Accepts(LayersByName[name], input))
                        data.Add(name, input);
            return data;
        }
    }

    private static Dictionary<string, LayerDefinition> LayersByName { get; } = new()
    {
        ["dense"] = new DenseDefinition(4),
        ["dense without bias"] = new DenseDefinition(4) { UseBias = false },
        ["convolution"] = new Conv2DDefinition(4) { KernelHeight = 3, KernelWidth = 2, Stride = 2, Padding = 1 },
        ["convolution of a pixel"] = new Conv2DDefinition(4) { KernelHeight = 1, KernelWidth = 1 },
        ["max pool"] = new MaxPool2DDefinition(3) { Stride = 2, Padding = 1 },
        ["average pool"] = new AveragePool2DDefinition(3) { Stride = 2, Padding = 2 },
        ["grouped convolution"] = new Conv2DDefinition(6) { Groups = 3, Stride = new Size2D(2, 1), Padding = new Padding2D(1, 0, 2, 1) },
        ["dilated convolution"] = new Conv2DDefinition(4) { Dilation = new Size2D(2, 1), Padding = 2 },
        ["max pool by direction and side"] = new MaxPool2DDefinition(new Size2D(3, 2)) { Stride = 2, Padding = new Padding2D(0, 1, 1, 0) },
        ["max pool in ceil mode"] = new MaxPool2DDefinition(3) { Stride = 2, CeilMode = true },
        ["dilated max pool"] = new MaxPool2DDefinition(2) { Stride = 1, Dilation = 2 },
        ["max pool that skips pixels"] = new MaxPool2DDefinition(2) { Stride = 3 },
        ["average pool in ceil mode"] = new AveragePool2DDefinition(3) { Stride = 2, Padding = 1, CeilMode = true },
        ["average pool that counts padding"] = new AveragePool2DDefinition(3) { Stride = 2, Padding = 1, CountIncludePad = true },
        ["global max pool"] = new GlobalMaxPoolDefinition(),
        ["parametric relu"] = new PReluDefinition(),
        ["rms norm"] = new RmsNormDefinition { Epsilon = 0.01f },
        ["gelu by tanh"] = new ActivationDefinition(ActivationKind.GeluTanh),
        ["hard swish"] = new ActivationDefinition(ActivationKind.HardSwish),
        ["softplus"] = new ActivationDefinition(ActivationKind.Softplus),
        ["mish"] = new ActivationDefinition(ActivationKind.Mish),
        ["global pool"] = new GlobalAveragePoolDefinition(),
        ["flatten"] = new FlattenDefinition(),
        ["batch norm"] = new BatchNormDefinition { Epsilon = 0.01f },
        ["batch norm, neither scaled nor centered"] = new BatchNormDefinition { Center = false, Scale = false },
        ["group norm"] = new GroupNormDefinition(3),
        ["layer norm"] = new LayerNormDefinition { Epsilon = 0.01f },
        ["layer norm, not centered"] = new LayerNormDefinition { Center = false },
        ["instance norm"] = new InstanceNormDefinition { Scale = false },
        ["dropout"] = new DropoutDefinition(0.5f),
        ["relu"] = new ActivationDefinition(ActivationKind.Relu),
        ["sigmoid"] = new ActivationDefinition(ActivationKind.Sigmoid),
        ["tanh"] = new ActivationDefinition(ActivationKind.Tanh),
        ["leaky relu"] = new ActivationDefinition(ActivationKind.LeakyRelu) { Alpha = 0.3f },
        ["elu"] = new ActivationDefinition(ActivationKind.Elu) { Alpha = 0.7f },
        ["gelu"] = new ActivationDefinition(ActivationKind.Gelu),
        ["silu"] = new ActivationDefinition(ActivationKind.Silu),
        ["encoding"] = new FeatureEncodingDefinition { Scales = Scales(bins: 0) },
        ["encoding with bins"] = new FeatureEncodingDefinition { Bins = 3, Scales = Scales(bins: 3) },
        ["concat"] = new ConcatDefinition(Empty.BatchNorm().Relu()),
        ["residual"] = new ResidualDefinition(Empty.Relu()),
        ["residual with a projection"] = new ResidualDefinition(Empty.Dense(5).BatchNorm()),
        ["residual with a projected image"] = new ResidualDefinition(Empty.Conv2D(5, stride: 2, padding: 1).BatchNorm()),
        ["residual with a shortcut"] = new ResidualDefinition(Empty.Flatten()) { Shortcut = Empty.Flatten().Tanh() },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void SaveAsOnnx_EachLayer_ComputesTheSame(string layer, Shape input)
    {
        var network = new RandomNetwork(seed: 1).WithRandomNumbers(new Network(Empty.Add(LayersByName[layer]), input, seed: 2));

        ShouldAgree(network, "{0} of {1}", layer, input);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void SaveAsOnnx_RandomNetwork_ComputesTheSame(int seed)
    {
        var network = new RandomNetwork(seed).Make();

        ShouldAgree(network, "seed {0}\n{1}", seed, network);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void SaveAsOnnx_MissingFeature_GivesMissingOutputsWhereOursDoes(int seed)
    {
        var network = new RandomNetwork(seed).Make();

        ShouldMissTheSame(network, "seed {0}\n{1}", seed, network);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void SaveAsOnnx_EachLayer_PassesMissingValuesOnAsOursDoes(string layer, Shape input)
    {
        var network = new RandomNetwork(seed: 1).WithRandomNumbers(new Network(Empty.Add(LayersByName[layer]), input, seed: 2));

        ShouldMissTheSame(network, "{0} of {1}", layer, input);
    }

    [Fact]
    public void SaveAsOnnx_PoolsThatOperatorSet17CannotSay_AreNamed()
    {
        Refused(new AveragePool2DDefinition(2) { Stride = 1, Dilation = 2 }, "*avgpool1*dilation of 2x2*");
        Refused(new AveragePool2DDefinition(2) { CeilMode = true, CountIncludePad = true }, "*avgpool1*CeilMode and CountIncludePad*");

        static void Refused(LayerDefinition pool, string message)
        {
            var network = new Network(Empty.Add(pool), Shape.Image(5, 5, 2), seed: 1);
            ((Action)(() => network.SaveAsOnnx(Stream.Null))).Should().Throw<NotSupportedException>().WithMessage(message);
        }
    }

    [Fact]
    public void SaveAsOnnx_File_SaysItsVersionsNamesAndFreeBatch()
    {
        using var exported = OnnxModel.Of(new Network(Empty.Conv2D(4, padding: 1).Relu(), Shape.Image(8, 7, 3), seed: 1));

        // Field 1 of the model is the version of the format, field 8 that of the operators.
        exported.File[..2].Should().Equal(0x08, 8);
        exported.File[^6..].Should().Equal(0x42, 4, 0x0A, 0, 0x10, 17);
        exported.Input.Name.Should().Be("features");
        exported.Input.Type.SymbolicDimensions.Should().Equal("N", "", "", "");
        exported.Input.Type.Dimensions.Should().Equal(-1, 8, 7, 3);
        exported.Output.Name.Should().Be("outputs");
        exported.Output.Type.SymbolicDimensions.Should().Equal("N", "", "", "");
        exported.Output.Type.Dimensions.Should().Equal(-1, 8, 7, 4);
    }

    [Fact]
    public void SaveAsOnnx_FoldBatchNorm_LeavesOutWhatItCan()
    {
        var folds = new Network(Empty.Dense(4).BatchNorm().Relu().Dense(2), Shape.Vector(3), seed: 1);
        var keeps = new Network(Empty.Dense(4).Relu().BatchNorm().Dense(2), Shape.Vector(3), seed: 1);

        HasBatchNorm(folds, foldBatchNorm: false).Should().BeTrue();
        HasBatchNorm(folds, foldBatchNorm: true).Should().BeFalse();
        HasBatchNorm(keeps, foldBatchNorm: true).Should().BeTrue("an activation is in front of it");

        static bool HasBatchNorm(Network network, bool foldBatchNorm)
        {
            using var exported = OnnxModel.Of(network, foldBatchNorm);
            return exported.File.AsSpan().IndexOf("BatchNormalization"u8) >= 0;
        }
    }

    [Fact]
    public void SaveAsOnnx_NoRows_GivesNone()
    {
        using var exported = OnnxModel.Of(new Network(Empty.Conv2D(4).GroupNorm(2).Dense(3), Shape.Image(8, 7, 3), seed: 1));

        exported.Run([]).Should().BeEmpty();
    }

    [Fact]
    public void SaveAsOnnx_LayerWithoutCounterpart_IsNamed()
    {
        var network = new Network(Empty.Dense(4).Residual(inner => inner.Relu().Add(new UnknownDefinition())), Shape.Vector(3), seed: 1);

        var save = () => network.SaveAsOnnx(new MemoryStream());

        save.Should().Throw<NotSupportedException>().WithMessage("Layer 'residual1.unknown1' cannot be exported to ONNX*");
    }

    [Fact]
    public void Constant_BeyondTheSizeOfAFile_IsRefusedBeforeItIsWritten()
    {
        var file = new OnnxFile();
        var weight = new float[1 << 26];
        for (var i = 1; i < 8; i++)
            file.Constant($"dense{i}.weight", weight, 1 << 13, 1 << 13);

        var more = () => file.Constant("dense8.weight", weight, 1 << 13, 1 << 13);

        more.Should().Throw<NotSupportedException>().WithMessage("With 'dense8.weight' the network has more than the 2147483647 bytes*");
    }

    /// <summary>Folded and not, within 1e-5 of the largest output: both compute in float, with sums in another order.</summary>
    private static void ShouldAgree(Network network, string because, params object[] arguments)
    {
        var features = Some.Values(5 * network.InputShape.Size, seed: 3);
        var expected = Predict(network, features);
        foreach (var fold in new[] { false, true })
        {
            using var exported = OnnxModel.Of(network, fold);
            var actual = exported.Run(features);
            actual.Should().HaveCount(expected.Length);
            var error = actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
            error.Should().BeLessThanOrEqualTo(1e-5f * expected.Max(Math.Abs), because, arguments);
        }
    }

    /// <summary>Each feature in turn, in a row of its own.</summary>
    private static void ShouldMissTheSame(Network network, string because, params object[] arguments)
    {
        var size = network.InputShape.Size;
        var features = Some.Values(size * size, seed: 3);
        for (var i = 0; i < size; i++)
            features[(i * size) + i] = float.NaN;

        using var exported = OnnxModel.Of(network);

        exported.Run(features).Select(float.IsNaN).Should().Equal(Predict(network, features).Select(float.IsNaN), because, arguments);
    }

    private static float[] Predict(Network network, float[] features)
    {
        var outputs = new float[features.Length / network.InputShape.Size * network.OutputShape.Size];
        network.Predict(features, outputs);
        return outputs;
    }

    /// <summary>Of six features, the second of which has no bins and the third does not vary.</summary>
    private static FeatureScales Scales(int bins)
    {
        float[][] edges = [.. Enumerable.Range(0, 6).Select(i => bins == 0 || i is 1 or 2 ? [] : new[] { -1f, 0.1f * i, 0.8f, 1.5f })];
        return new FeatureScales(
            Some.Values(6, seed: 8), [0.5f, 3, 0, 1, 2, 10], edges, Some.Values(edges.Sum(edge => Math.Max(0, edge.Length - 1)), seed: 9));
    }

    private static bool Accepts(LayerDefinition layer, Shape input)
    {
        try
        {
            layer.OutputShape(input);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed record UnknownDefinition : LayerDefinition
    {
        internal override string Kind => "unknown";

        internal override Layer Build(LayerSite site) => new FlattenLayer(site);
    }
}
