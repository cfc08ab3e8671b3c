namespace MLNet.BatchNorm.Core;

/// <summary>
/// What random numbers are drawn for. Each purpose has a stream of its own, so that a change in one leaves the others as they were.
/// </summary>
internal enum RandomStream : ulong
{
    Initialization = 1,
    Split = 2,
    Shuffle = 3,
    Dropout = 4,
    Statistics = 5,
    Augmentation = 6,
    Search = 7,
    Rank = 8,
}

/// <summary>
/// A seeded generator whose i-th number is a hash of (key, i): SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014; constants as in Vigna's splitmix64.c). Unlike System.Random it gives the same numbers in every .NET version,
/// and a stream can be taken up anywhere: what a step draws follows from the seed and the step's number, not from earlier draws.
/// </summary>
internal struct CounterRandom(ulong seed)
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private readonly ulong key = Mix(seed + Increment);
    private ulong counter;

    /// <summary>A generator that depends on this one's seed and on <paramref name="stream"/>, not on what was drawn so far.</summary>
    public readonly CounterRandom Derive(ulong stream) => new(Mix(key ^ stream));

    public readonly CounterRandom Derive(RandomStream stream) => Derive((ulong)stream);

    public ulong NextUInt64() => Mix(key + ++counter * Increment);

    /// <summary>Uniform in [0, 1), a multiple of 2^-24.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [0, bound). The bias of multiplying instead of rejecting is below bound / 2^64.</summary>
    public int NextBelow(int bound) => (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);

    /// <summary>
    /// Normal with mean 0 and deviation 1, by Box and Muller (1958). In double, so that another platform's Log and Cos hardly ever show.
    /// </summary>
    public float NextGaussian()
    {
        const double toUnit = 1.0 / (1ul << 53);
        var radius = Math.Sqrt(-2 * Math.Log(((NextUInt64() >> 11) + 1) * toUnit));   // + 1: never log(0)
        return (float)(radius * Math.Cos(2 * Math.PI * ((NextUInt64() >> 11) * toUnit)));
    }

    /// <summary>
    /// Gamma with a positive shape and scale 1, by Marsaglia and Tsang ("A simple method for generating gamma variables", 2000).
    /// </summary>
    public double NextGamma(double shape)
    {
        if (shape < 1)
            return NextGamma(shape + 1) * Math.Pow(1 - NextSingle(), 1 / shape);   // 1 -: never 0
        var d = shape - 1.0 / 3;
        while (true)
        {
            var normal = (double)NextGaussian();
            var v = Math.Pow(1 + normal / Math.Sqrt(9 * d), 3);
            if (v > 0 && Math.Log(1 - NextSingle()) < normal * normal / 2 + d - d * v + d * Math.Log(v))
                return d * v;
        }
    }

    /// <summary>Puts the items into an order that is uniform over all permutations (Fisher and Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = NextBelow(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    /// <summary>Each element becomes 0 with probability <paramref name="rate"/>, else 1 / (1 - rate). Two elements per draw.</summary>
    public void FillDropoutMask(Span<float> mask, float rate)
    {
        var threshold = (ulong)(rate * 4294967296.0);
        var kept = 1 / (1 - rate);
        for (var i = 0; i < mask.Length; i += 2)
        {
            var bits = NextUInt64();
            mask[i] = (uint)bits < threshold ? 0 : kept;
            if (i + 1 < mask.Length)
                mask[i + 1] = bits >> 32 < threshold ? 0 : kept;
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
