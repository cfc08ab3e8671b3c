using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The number of rows of a register tile, as a type of so many bytes: the JIT compiles one kernel per number. It knows a size before it
/// reads on, so that rows which a tile does not have cost no time to compile; what a property gives it finds out too late for that.
/// </summary>
internal interface ITileRows;

/// <summary>
/// Which of a tile's two vectors of columns there are, and whether the last of them is partly outside the matrix, as a type.
/// </summary>
internal interface ITileColumns;

internal readonly struct BothFull : ITileColumns;

internal readonly struct SecondMasked : ITileColumns;

internal readonly struct OneFull : ITileColumns;

internal readonly struct OneMasked : ITileColumns;

[StructLayout(LayoutKind.Sequential, Size = 1)]
internal readonly struct OneRow : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 2)]
internal readonly struct TwoRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 3)]
internal readonly struct ThreeRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 4)]
internal readonly struct FourRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 5)]
internal readonly struct FiveRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 6)]
internal readonly struct SixRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 7)]
internal readonly struct SevenRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly struct EightRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 9)]
internal readonly struct NineRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 10)]
internal readonly struct TenRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 11)]
internal readonly struct ElevenRows : ITileRows;

[StructLayout(LayoutKind.Sequential, Size = 12)]
internal readonly struct TwelveRows : ITileRows;
