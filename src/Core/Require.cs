using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core;

/// <summary>
/// Checks of single option values: returns the value, or throws an error that names the option, what it must be and what it was.
/// </summary>
internal static class Require
{
    public static T Positive<T>(T value, [CallerMemberName] string name = "") where T : INumber<T> =>
        T.IsFinite(value) && value > T.Zero ? value : throw Bad(name, "positive", value);

    public static T NotNegative<T>(T value, [CallerMemberName] string name = "") where T : INumber<T> =>
        T.IsFinite(value) && value >= T.Zero ? value : throw Bad(name, "0 or more", value);

    public static Size2D Positive(Size2D value, [CallerMemberName] string name = "") =>
        value is { Height: > 0, Width: > 0 } ? value : throw Bad(name, "positive", value);

    public static Padding2D NotNegative(Padding2D value, [CallerMemberName] string name = "") =>
        value is { Top: >= 0, Left: >= 0, Bottom: >= 0, Right: >= 0 } ? value : throw Bad(name, "0 or more", value);

    public static T AtLeast<T>(T minimum, T value, [CallerMemberName] string name = "") where T : INumber<T> =>
        value >= minimum ? value : throw Bad(name, string.Create(CultureInfo.InvariantCulture, $"at least {minimum}"), value);

    public static T Finite<T>(T value, [CallerMemberName] string name = "") where T : INumber<T> =>
        T.IsFinite(value) ? value : throw Bad(name, "finite", value);

    public static float Within(float minimum, float maximum, float value, [CallerMemberName] string name = "") =>
        value >= minimum && value <= maximum
            ? value
            : throw Bad(name, string.Create(CultureInfo.InvariantCulture, $"{minimum} to {maximum}"), value);

    public static float Between(float lower, float upper, float value, [CallerMemberName] string name = "") =>
        value > lower && value < upper
            ? value
            : throw Bad(name, string.Create(CultureInfo.InvariantCulture, $"greater than {lower} and less than {upper}"), value);

    /// <summary>0 &lt;= value &lt; 1: rates, fractions, momentum of an optimizer.</summary>
    public static float FractionBelowOne(float value, [CallerMemberName] string name = "") =>
        value is >= 0 and < 1 ? value : throw Bad(name, $"at least 0 and less than 1{OfPercent(value)}", value);

    /// <summary>0 &lt; value &lt;= 1: the weight of something new.</summary>
    public static float PositiveFraction(float value, [CallerMemberName] string name = "") =>
        value is > 0 and <= 1 ? value : throw Bad(name, "greater than 0 and at most 1", value);

    public static T Known<T>(T value, [CallerMemberName] string name = "") where T : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be one of {string.Join(", ", Enum.GetNames<T>())}.");

    public static T NotNull<T>(T? value, [CallerMemberName] string name = "") where T : class =>
        value ?? throw new ArgumentNullException(name);

    public static Stream Readable(Stream? value, string name) =>
        NotNull(value, name).CanRead
            ? value!
            : throw new ArgumentException($"{name} must be open for reading; it is closed or open for writing only.", name);

    public static Stream Writable(Stream? value, string name) =>
        NotNull(value, name).CanWrite
            ? value!
            : throw new ArgumentException($"{name} must be open for writing; it is closed or open for reading only.", name);

    public static string NotEmpty(string? value, [CallerMemberName] string name = "") => NotNull(value, name) is { Length: > 0 } text
        ? text
        : throw new ArgumentException($"{name} must not be empty.", name);

    public static string? NullOrNotEmpty(string? value, [CallerMemberName] string name = "") =>
        value is null ? null : NotEmpty(value, name);

    private static string OfPercent(float value) =>
        value is > 1 and < 100 ? string.Create(CultureInfo.InvariantCulture, $": {value} percent is {value / 100}") : "";

    private static ArgumentOutOfRangeException Bad<T>(string name, string expected, T value) =>
        new(name, value, $"{name} must be {expected}.");
}
