using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>
/// What our assemblies name of ML.NET exists in the ML.NET that the tests run on, and the internal part of it is the documented one.
/// </summary>
public partial class InternalTokensTests
{
    private static readonly Assembly[] Ours =
        [typeof(BatchNormalizationTransformer).Assembly, typeof(NeuralNetworkPredictionTransformer).Assembly];

    [Fact]
    public void Tokens_OfMLNet_AllResolve()
    {
        var unresolved = new List<string>();
        var resolved = 0;
        foreach (var (token, name, member) in Ours.SelectMany(TokensOfMLNet))
            if (member is null)
                unresolved.Add($"{name} (0x{token:X8})");
            else
                resolved++;

        unresolved.Should().BeEmpty();
        resolved.Should().BeGreaterThan(100, "our assemblies are built on ML.NET");
    }

    [Fact]
    public void Tokens_InternalOnes_AreThoseOfTheReadme()
    {
        var members = Ours.SelectMany(TokensOfMLNet).Select(token => token.Member).OfType<MemberInfo>();
        var named = members.Where(member => !IsPublic(member)).Select(NameOf);

        var documented = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Interop.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Code().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value));

        named.Distinct().Order(StringComparer.Ordinal).Should().Equal(documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(int Token, string Name, MemberInfo? Member)> TokensOfMLNet(Assembly assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly.Location));
        var metadata = image.GetMetadataReader();
        var types = metadata.TypeReferences.Select(handle => ((EntityHandle)handle, metadata.GetTypeReference(handle).Name));
        var members = metadata.MemberReferences.Select(handle => ((EntityHandle)handle, metadata.GetMemberReference(handle).Name));
        foreach (var (handle, name) in types.Concat(members))
        {
            var token = MetadataTokens.GetToken(handle);
            var member = Resolve(assembly.ManifestModule, token);
            if (member is null || IsOfMLNet(member))
                yield return (token, metadata.GetString(name), member);
        }
    }

    private static MemberInfo? Resolve(Module module, int token)
    {
        // A reference may lie in generic code of ours; float fits every constraint there.
        var arguments = Enumerable.Repeat(typeof(float), 4).ToArray();
        try
        {
            return module.ResolveMember(token, arguments, arguments);
        }
        catch (Exception error) when (error is MissingMemberException or TypeLoadException or FileNotFoundException)
        {
            return null;
        }
    }

    private static bool IsOfMLNet(MemberInfo member) =>
        (member as Type ?? member.DeclaringType)!.Assembly.GetName().Name is { } name
        && (name == "Microsoft.ML" || name.StartsWith("Microsoft.ML.", StringComparison.Ordinal));

    private static bool IsPublic(MemberInfo member) => member switch
    {
        Type type => type.IsVisible,
        MethodBase method => method.DeclaringType!.IsVisible && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly),
        FieldInfo field => field.DeclaringType!.IsVisible && (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly),
        _ => throw new NotSupportedException(member.ToString()),
    };

    // Type.Member; a property by its name, a constructor as Type.ctor.
    private static string NameOf(MemberInfo member)
    {
        if (member is Type type)
            return type.IsNested ? $"{type.DeclaringType!.Name}.{type.Name}" : type.Name;
        var name = member.Name.StartsWith("get_", StringComparison.Ordinal) ? member.Name[4..] : member.Name.TrimStart('.');
        return $"{NameOf(member.DeclaringType!)}.{name}";
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
