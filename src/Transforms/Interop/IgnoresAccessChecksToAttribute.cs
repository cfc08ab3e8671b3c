namespace System.Runtime.CompilerServices;

/// <summary>
/// Tells the runtime to let this assembly use the internals of <paramref name="assemblyName"/>. The runtime looks it up by name only; .NET
/// ships no public declaration. WidenReferences.targets puts it on each assembly that is compiled against widened references.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
