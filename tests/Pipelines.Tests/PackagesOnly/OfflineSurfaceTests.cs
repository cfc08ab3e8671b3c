using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.PackagesOnly;

/// <summary>Every public or protected type and member of the offline subset exists in the real ML.NET with the same signature.</summary>
public sealed class OfflineSurfaceTests : IDisposable
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private readonly MetadataLoadContext offline;
    private readonly Dictionary<string, Type> real;

    public OfflineSurfaceTests()
    {
        var runtime = Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll");
        offline = new MetadataLoadContext(new PathAssemblyResolver([.. runtime, PathOfOffline]));
        real = Directory.EnumerateFiles(AppContext.BaseDirectory, "Microsoft.ML*.dll")
            .SelectMany(path => Assembly.Load(Path.GetFileNameWithoutExtension(path)).GetExportedTypes())
            .ToDictionary(type => type.FullName!);
        real.Should().ContainKey(typeof(MLContext).FullName!);
    }

    private static string PathOfOffline =>
        typeof(OfflineSurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "MLNet.Offline").Value!;

    public void Dispose() => offline.Dispose();

    [Fact]
    public void PublicSurface_OfTheSubset_IsPartOfTheRealOne()
    {
        var types = offline.LoadFromAssemblyPath(PathOfOffline).GetExportedTypes();
        types.Should().HaveCountGreaterThan(50, "the subset is there");

        types.SelectMany(DifferencesOf).Should().BeEmpty();
    }

    private IEnumerable<string> DifferencesOf(Type ours)
    {
        if (!real.TryGetValue(ours.FullName!, out var theirs))
            return [$"{ours.FullName} is not in ML.NET"];
        var heads = HeadOf(ours) == HeadOf(theirs) ? [] : new[] { $"{ours.FullName}: {HeadOf(ours)} is {HeadOf(theirs)} in ML.NET" };
        var interfaces = InterfacesOf(ours).Except(InterfacesOf(theirs)).Select(name => $"{ours.FullName} implements {name} only here");
        var known = MembersOf(theirs).ToHashSet();
        var members = MembersOf(ours).Where(member => !known.Contains(member));
        var differences = members.Select(member => $"{ours.FullName}: {member} is not in ML.NET{Similar(member, known)}");
        return [.. heads, .. interfaces, .. differences];
    }

    private static string Similar(string member, IEnumerable<string> known)
    {
        var name = member.Split('(')[0].Split(' ')[^1];
        var candidates = known.Where(other => other.Split('(')[0].Split(' ')[^1] == name).ToArray();
        return candidates is [] ? "" : $", but {string.Join(" and ", candidates)}";
    }

    private static string HeadOf(Type type)
    {
        var kind = type switch
        {
            { IsInterface: true } => "interface",
            { IsEnum: true } => $"enum of {TypeName(type.GetEnumUnderlyingType())}",
            { IsValueType: true } => "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsSealed: true } => "sealed class",
            { IsAbstract: true } => "abstract class",
            _ => "class",
        };
        // A base class that is not public is nobody's business.
        var baseType = type.BaseType;
        while (baseType is { IsVisible: false })
            baseType = baseType.BaseType;
        return $"{kind}{Constraints(type.GetGenericArguments())} : {(baseType is null ? "" : TypeName(baseType))}";
    }

    private static IEnumerable<string> InterfacesOf(Type type) => type.GetInterfaces().Where(face => face.IsVisible).Select(TypeName);

    private static IEnumerable<string> MembersOf(Type type)
    {
        foreach (var member in type.GetMembers(Declared))
            switch (member)
            {
                case MethodBase method when Access(method) is { } visible:
                    var result = method is MethodInfo info ? TypeName(info.ReturnType) : "";
                    var parameters = string.Join(", ", method.GetParameters().Select(Parameter));
                    yield return $"{visible} {Modifiers(method)}{result} {method.Name}{Arguments(method)}({parameters})";
                    break;
                case FieldInfo field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly:
                    var access = field.IsPublic ? "public" : "protected";
                    var modifiers = (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
                    var value = field.IsLiteral ? $" = {Constant(field.GetRawConstantValue())}" : "";
                    yield return $"{access} {modifiers}{TypeName(field.FieldType)} {field.Name}{value}";
                    break;
            }
    }

    private static string? Access(MethodBase method) =>
        method.IsPublic ? "public" : method.IsFamily || method.IsFamilyOrAssembly ? "protected" : null;

    // A virtual method that is sealed at once only implements an interface: to callers it is a plain one, and so is an override.
    private static string Modifiers(MethodBase method) => method switch
    {
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    };

    private static string Arguments(MethodBase method) => method.IsGenericMethod ? Constraints(method.GetGenericArguments()) : "";

    private static string Constraints(Type[] parameters) => parameters is [] ? "" : $"<{string.Join(", ", parameters.Select(Constraint))}>";

    private static string Constraint(Type parameter)
    {
        if (!parameter.IsGenericParameter)
            return TypeName(parameter);
        var types = parameter.GetGenericParameterConstraints().Select(TypeName).Order(StringComparer.Ordinal);
        return $"{parameter.GenericParameterAttributes} {parameter.Name} {string.Join(" ", types)}";
    }

    private static string Parameter(ParameterInfo parameter)
    {
        var isParams = parameter.GetCustomAttributesData().Any(data => data.AttributeType.Name == nameof(ParamArrayAttribute));
        var otherwise = parameter.HasDefaultValue ? $" = {Constant(parameter.RawDefaultValue)}" : "";
        var modifiers = (isParams ? "params " : "") + (parameter.IsOut ? "out " : "");
        return $"{modifiers}{TypeName(parameter.ParameterType)} {parameter.Name}{otherwise}";
    }

    private static string Constant(object? value) =>
        Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "null";

    private static string TypeName(Type type) => type switch
    {
        { IsByRef: true } => $"ref {TypeName(type.GetElementType()!)}",
        { IsArray: true } => $"{TypeName(type.GetElementType()!)}[]",
        { IsGenericParameter: true } => type.Name,
        { IsGenericType: true } =>
            $"{type.Namespace}.{type.DeclaringType?.Name}+{type.Name}<{string.Join(", ", type.GetGenericArguments().Select(TypeName))}>",
        _ => type.FullName!,
    };
}
