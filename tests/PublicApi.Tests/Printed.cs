using System.Globalization;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>Compares what a program prints with what its page shows.</summary>
internal static partial class Printed
{
    // Training amplifies how a processor rounds, so the figures of another one differ in more than the last digits.
    private const double LargestRelativeDifference = 0.1;

    public static void ShouldBeAlike(string printed, string shown, string page)
    {
        Number().Replace(printed, "#").Should().Be(Number().Replace(shown, "#"), page);
        var pairs = Number().Matches(printed).Zip(Number().Matches(shown));
        foreach (var (actual, expected) in pairs.Where(pair => !pair.First.Groups["speed"].Success))
        {
            var value = ValueOf(expected);
            ValueOf(actual).Should().BeApproximately(
                value, LargestRelativeDifference * Math.Abs(value), $"{page} shows:\n{shown}\nand this is:\n{printed}");
        }

        static double ValueOf(Match number) =>
            double.Parse(number.Groups["value"].Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    // A number, with the word behind it that says that it is a matter of the machine.
    [GeneratedRegex(@"(?<value>-?\d[\d,]*(\.\d+)?(E-?\d+)?)(?<speed> rows/s)?")]
    private static partial Regex Number();
}
