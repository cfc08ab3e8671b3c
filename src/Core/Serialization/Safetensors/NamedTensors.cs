namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>A tensor of a network under the name that it has in a file.</summary>
internal readonly record struct NamedTensor(string Name, NetworkTensor Tensor);

internal static class NamedTensors
{
    public static IReadOnlyList<NamedTensor> Of(Network network, Func<string, string>? mapping)
    {
        List<NamedTensor> tensors = [.. PyTorchTensors.Of(network).Select(tensor => new NamedTensor(NameOf(tensor), tensor))];
        if (tensors.GroupBy(named => named.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException(
                $"By the mapping, {string.Join(" and ", twice.Select(named => $"'{named.Tensor.Name}'"))} have one name, '{twice.Key}'.",
                nameof(mapping));
        return tensors;

        string NameOf(NetworkTensor tensor)
        {
            var name = mapping is null ? tensor.Name : mapping(tensor.Name);
            return name is not (null or SafetensorsHeader.Metadata)
                ? name
                : throw new ArgumentException($"The mapping calls '{tensor.Name}' {name ?? "null"}, which is no name.", nameof(mapping));
        }
    }
}
