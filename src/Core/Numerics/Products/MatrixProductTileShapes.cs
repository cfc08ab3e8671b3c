namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The number of rows of a register tile, as a type: the JIT compiles one kernel per number and drops the rows it does not have.
/// </summary>
internal interface ITileRows
{
    static abstract int Count { get; }
}

/// <summary>Which of a tile's two vectors of columns there are, and whether the last of them is partly outside the matrix.</summary>
internal interface ITileColumns
{
    static abstract bool HasSecond { get; }

    static abstract bool HasMask { get; }
}

internal readonly struct BothFull : ITileColumns
{
    public static bool HasSecond => true;

    public static bool HasMask => false;
}

internal readonly struct SecondMasked : ITileColumns
{
    public static bool HasSecond => true;

    public static bool HasMask => true;
}

internal readonly struct OneFull : ITileColumns
{
    public static bool HasSecond => false;

    public static bool HasMask => false;
}

internal readonly struct OneMasked : ITileColumns
{
    public static bool HasSecond => false;

    public static bool HasMask => true;
}

internal readonly struct OneRow : ITileRows
{
    public static int Count => 1;
}

internal readonly struct TwoRows : ITileRows
{
    public static int Count => 2;
}

internal readonly struct ThreeRows : ITileRows
{
    public static int Count => 3;
}

internal readonly struct FourRows : ITileRows
{
    public static int Count => 4;
}

internal readonly struct FiveRows : ITileRows
{
    public static int Count => 5;
}

internal readonly struct SixRows : ITileRows
{
    public static int Count => 6;
}

internal readonly struct SevenRows : ITileRows
{
    public static int Count => 7;
}

internal readonly struct EightRows : ITileRows
{
    public static int Count => 8;
}

internal readonly struct NineRows : ITileRows
{
    public static int Count => 9;
}

internal readonly struct TenRows : ITileRows
{
    public static int Count => 10;
}

internal readonly struct ElevenRows : ITileRows
{
    public static int Count => 11;
}

internal readonly struct TwelveRows : ITileRows
{
    public static int Count => 12;
}
