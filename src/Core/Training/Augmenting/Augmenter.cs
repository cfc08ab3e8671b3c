using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training.Augmenting;

/// <summary>
/// Changes batches in place, in front of the network. What a row draws follows from the seed, the number of the step and its place in the
/// batch, so neither threads nor a resumed training make a difference. Nothing is allocated after it was made.
/// </summary>
internal sealed class Augmenter
{
    // About 40 operations for each value, in the unit of BlockRunner.
    private const long OperationsPerValue = 40;
    private const int MostBlocks = 64;

    private readonly Augmentation options;
    private readonly Shape image;
    private readonly CounterRandom random;
    private readonly AlignedBuffer originals;

    /// <exception cref="ArgumentException">The options need images, and the network takes vectors.</exception>
    public Augmenter(Augmentation options, Network network, CounterRandom random, int largestBatch)
    {
        RequireShape(options, network.InputShape);
        this.options = options;
        image = network.InputShape;
        this.random = random.Derive(RandomStream.Augmentation);
        originals = new AlignedBuffer(options.NeedsImages ? checked(largestBatch * image.Size) : 0);
        if (options.MixUp > 0)
            MixUp = new MixUp(options.MixUp, image.Size, network.OutputShape.Size, largestBatch);
    }

    /// <summary>Null where rows are not mixed.</summary>
    public MixUp? MixUp { get; }

    /// <summary>Refuses vectors where the options need images.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public static void RequireShape(Augmentation options, Shape input)
    {
        if (options.NeedsImages && input.Pixels == 1)
            throw new ArgumentException(
                $"The augmentation changes images, but the network takes a vector of {input} values. Give the input a height and a width "
                + "(ImageShape), or set nothing but MixUp.");
    }

    /// <summary>Changes the rows of the batch of step number <paramref name="step"/>.</summary>
    public void Apply(Batch batch, long step)
    {
        var ofStep = random.Derive((ulong)step);
        if (options.NeedsImages)
        {
            batch.Features.CopyTo(originals.Span);
            var job = new Pictures(this, ofStep, originals.Span, batch.Features);
            BlockRunner.Run(ref job, job.Blocks, OperationsPerValue * batch.Features.Length);
        }

        MixUp?.Apply(batch, ofStep.Derive(ulong.MaxValue));   // behind those of all rows
    }

    private readonly ref struct Pictures(Augmenter augmenter, CounterRandom random, ReadOnlySpan<float> from, Span<float> to) : IBlockJob
    {
        private readonly ReadOnlySpan<float> from = from;
        private readonly Span<float> to = to;

        public int Blocks => Math.Min(MostBlocks, Rows);

        private int Rows => to.Length / augmenter.image.Size;

        public void Run(int block)
        {
            var (options, image) = (augmenter.options, augmenter.image);
            var (first, end) = BlockRunner.Part(Rows, block, Blocks);
            for (var row = first; row < end; row++)
                PictureChange.Draw(options, image, random.Derive((ulong)row))
                    .Apply(options, image, from.Slice(row * image.Size, image.Size), to.Slice(row * image.Size, image.Size));
        }
    }
}
