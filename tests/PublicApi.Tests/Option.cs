using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>A property of an options type that users may set, as the code has it. Texts are Markdown.</summary>
internal sealed partial record Option(string Name, string Type, string Default, string Description)
{
    /// <summary>Those of the type itself first, then the inherited ones.</summary>
    public static IReadOnlyList<Option> Of(Type type)
    {
        var arguments = ConstructorOf(type).GetParameters();
        var defaults = WithDefaults(type);
        return
        [
            .. type.GetProperties()
                .Where(property => property.GetSetMethod() is not null || IsArgument(property))
                .Select(property => new Option(property.Name, TypeOf(property), DefaultOf(property), DescriptionOf(property))),
        ];

        bool IsArgument(PropertyInfo property) =>
            arguments.Any(argument => argument.Name!.Equals(property.Name, StringComparison.OrdinalIgnoreCase));

        string DefaultOf(PropertyInfo property) =>
            IsArgument(property) || property.GetCustomAttribute<RequiredMemberAttribute>() is not null
                ? "required"
                : $"`{Literal(property.GetValue(defaults), property.PropertyType)}`";
    }

    /// <summary>The options of a type as a table.</summary>
    public static string Table(Type type) => string.Join(
        '\n',
        [
            "| option | type | default | what it does |", "|---|---|---|---|",
            .. Of(type).Select(option => $"| `{option.Name}` | `{option.Type}` | {option.Default} | {option.Description} |"),
        ]);

    /// <summary>Options as they are unless set, with any value for those that are required.</summary>
    public static object WithDefaults(Type type)
    {
        var constructor = ConstructorOf(type);
        return constructor.Invoke([.. constructor.GetParameters().Select(argument => AnyValue(argument.ParameterType))]);
    }

    private static ConstructorInfo ConstructorOf(Type type) =>
        type.GetConstructors().MinBy(constructor => constructor.GetParameters().Length)!;

    // What a constructor demands has no default, so any value will do that it accepts.
    private static object AnyValue(Type type) => type switch
    {
        _ when type == typeof(int) => 1,
        _ when type == typeof(float) => 0.5f,
        _ when type == typeof(string) => "any",
        _ when type == typeof(NetworkDefinition) => NetworkDefinition.Empty.Relu(),
        _ when type == typeof(ActivationKind) => ActivationKind.Relu,
        _ => throw new NotSupportedException($"Say which {type} is to be taken."),
    };

    private static string Literal(object? value, Type type) => value switch
    {
        null => "null",
        bool => value.ToString()!.ToLowerInvariant(),
        string => $"\"{value}\"",
        Enum => $"{value.GetType().Name}.{value}",
        _ when NameOfConstant(value, type) is { } name => $"{type.Name}.{name}",
        ValueType => string.Create(CultureInfo.InvariantCulture, $"{value}").Replace("E-0", "e-", StringComparison.Ordinal),
        _ => $"new {value.GetType().Name}()",
    };

    private static string? NameOfConstant(object value, Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Static)
        .FirstOrDefault(property => property.PropertyType == type && Equals(property.GetValue(null), value))?.Name;

    private static string TypeOf(PropertyInfo property) =>
        SymbolOf(property).Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    private static string DescriptionOf(PropertyInfo property)
    {
        var summary = PublicSurface.Documentation(SymbolOf(property)).Element("summary")!;
        return Whitespace().Replace(string.Concat(summary.Nodes().Select(Markdown)), " ").Trim()
            .Replace($"`{property.DeclaringType!.Name}.", "`", StringComparison.Ordinal);
    }

    private static string Markdown(XNode node) => node switch
    {
        XElement { Name.LocalName: "see" } see => $"`{Cref().Match(see.Attribute("cref")!.Value).Groups["name"].Value}`",
        XElement element => $"`{element.Value}`",
        _ => ((XText)node).Value.Replace("|", @"\|", StringComparison.Ordinal),
    };

    private static IPropertySymbol SymbolOf(PropertyInfo property)
    {
        var type = PublicSurface.Types.Single(type => type.ToDisplayString() == property.DeclaringType!.FullName);
        return (IPropertySymbol)type.GetMembers(property.Name).Single();
    }

    // P:MLNet.BatchNorm.Augmentation.MixUp: the member with its type; T:MLNet.BatchNorm.AdamW: the type.
    [GeneratedRegex(@"^(T:.*\.(?<name>\w+)|[PMF]:[^(]*\.(?<name>\w+\.\w+))")]
    private static partial Regex Cref();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
