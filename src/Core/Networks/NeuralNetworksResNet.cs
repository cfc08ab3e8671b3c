using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <content>Residual networks.</content>
public static partial class NeuralNetworks
{
    /// <summary>
    /// A residual network for small images, as He et al. (2016, arXiv:1512.03385, section 4.2) built them for 32x32 pixels: a 3x3
    /// convolution, three stages of (depth - 2) / 6 blocks of two 3x3 convolutions, the second and third stage with half the height and
    /// width and twice the filters of the one before, and global average pooling. Where a stage begins, the block's input passes through a
    /// 1x1 convolution with batch norm, the paper's option B, where the paper's own small networks pad with zeros, option A.
    /// </summary>
    /// <param name="depth">Number of layers with weights, the output included: 8, 14, 20 or any 6 n + 2 with positive n.</param>
    /// <param name="width">Filters of the first stage; positive.</param>
    /// <returns>What adds the layers to a definition.</returns>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public static Func<NetworkDefinition, NetworkDefinition> ResNet(int depth = 8, int width = 16)
    {
        const int stages = 3;
        if (depth < 8 || (depth - 2) % 6 != 0)
            throw new ArgumentOutOfRangeException(nameof(depth), depth, "depth must be 8, 14, 20 or another 6 n + 2.");
        Require.Positive(width, nameof(width));
        return net =>
        {
            net = net.Conv2D(width, padding: 1).BatchNorm().Relu();
            for (var stage = 0; stage < stages; stage++)
                for (var block = 0; block < (depth - 2) / 6; block++)
                    net = BasicBlock(net, width << stage, stride: stage > 0 && block == 0 ? 2 : 1);
            return net.GlobalAveragePool();
        };
    }

    /// <summary>
    /// ResNet-18 for pictures of some 224x224 pixels (He et al., 2016, arXiv:1512.03385, table 1), as torchvision builds it, without its
    /// last layer: a 7x7 convolution of stride 2, 3x3 max pooling of stride 2, four stages of two blocks with 64, 128, 256 and 512 filters,
    /// and global average pooling to 512 numbers. 11.2 million parameters. Pictures must have 33x33 pixels at least: of 32x32 one pixel
    /// would be left for the windows of the last stage. Smaller ones are for <see cref="ResNet"/>.
    /// </summary>
    /// <returns>What adds the layers to a definition.</returns>
    public static Func<NetworkDefinition, NetworkDefinition> ResNet18() => net => ForLargeImages(net, [2, 2, 2, 2], BasicBlock);

    /// <summary>
    /// ResNet-34: as <see cref="ResNet18"/>, with 3, 4, 6 and 3 blocks. 21.3 million parameters. Pictures from 33x33 pixels on.
    /// </summary>
    /// <returns>What adds the layers to a definition.</returns>
    public static Func<NetworkDefinition, NetworkDefinition> ResNet34() => net => ForLargeImages(net, [3, 4, 6, 3], BasicBlock);

    /// <summary>
    /// ResNet-50: 3, 4, 6 and 3 blocks of a 1x1, a 3x3 and a 1x1 convolution, the last with four times the filters, to 2,048 numbers. The
    /// stride is in the 3x3 convolution, as in torchvision ("ResNet v1.5"), where the paper has it in the first. 23.5 million parameters.
    /// Pictures from 33x33 pixels on.
    /// </summary>
    /// <returns>What adds the layers to a definition.</returns>
    public static Func<NetworkDefinition, NetworkDefinition> ResNet50() => net => ForLargeImages(net, [3, 4, 6, 3], BottleneckBlock);

    private static NetworkDefinition ForLargeImages(
        NetworkDefinition net, int[] blocks, Func<NetworkDefinition, int, int, NetworkDefinition> block)
    {
        const int filters = 64;
        net = net.Conv2D(filters, kernelSize: 7, stride: 2, padding: 3).BatchNorm().Relu()
            .Add(new MaxPool2DDefinition(3) { Stride = 2, Padding = 1 });
        for (var stage = 0; stage < blocks.Length; stage++)
            for (var i = 0; i < blocks[stage]; i++)
                net = block(net, filters << stage, stage > 0 && i == 0 ? 2 : 1);
        return net.GlobalAveragePool();
    }

    private static NetworkDefinition BottleneckBlock(NetworkDefinition net, int filters, int stride) => net
        .Residual(inner => inner
            .Conv2D(filters, kernelSize: 1).BatchNorm().Relu()
            .Conv2D(filters, stride: stride, padding: 1).BatchNorm().Relu()
            .Conv2D(4 * filters, kernelSize: 1).BatchNorm())
        .Relu();

    private static NetworkDefinition BasicBlock(NetworkDefinition net, int filters, int stride) => net
        .Residual(inner => inner
            .Conv2D(filters, stride: stride, padding: 1).BatchNorm().Relu()
            .Conv2D(filters, padding: 1).BatchNorm())
        .Relu();
}
