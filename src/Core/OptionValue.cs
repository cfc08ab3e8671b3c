using System.Collections;
using System.Globalization;
using System.Reflection;

namespace MLNet.BatchNorm.Core;

/// <summary>An option by the name that users write, and its value as text, which is the same in every culture.</summary>
internal readonly record struct OptionValue(string Name, string Value)
{
    private const string None = "none";

    /// <summary>
    /// An option, and where its value has public properties those too: Optimizer = Adam, Optimizer.LearningRate = 0.01 and so on. By
    /// reflection, so that no option of a new optimizer or layer can be forgotten.
    /// </summary>
    public static IEnumerable<OptionValue> Of(string name, object? value) => value switch
    {
        null => [new(name, None)],
        string text => [new(name, text)],
        ValueType => [new(name, Convert.ToString(value, CultureInfo.InvariantCulture)!)],
        ICollection items => [new(name, $"{items.Count}"), .. items.Cast<object>().SelectMany((item, i) => Of($"{name}[{i}]", item))],
        _ => [new(name, value.GetType().Name), .. Properties(value).SelectMany(p => Of($"{name}.{p.Name}", p.GetValue(value)))],
    };

    /// <summary>
    /// The first of the saved options that has another value now, and that value; null if there is none. An option that was not saved
    /// differs from nothing: an earlier version did not know it.
    /// </summary>
    public static (OptionValue Saved, string Now)? FirstDifference(IEnumerable<OptionValue> saved, IEnumerable<OptionValue> now)
    {
        var values = now.ToDictionary(option => option.Name, option => option.Value);
        foreach (var option in saved)
            if (values.GetValueOrDefault(option.Name, None) is var value && value != option.Value)
                return (option, value);
        return null;
    }

    private static PropertyInfo[] Properties(object value) => value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);
}
