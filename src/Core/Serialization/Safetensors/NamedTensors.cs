namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>A tensor of a network under the name that it has in a file.</summary>
internal readonly record struct NamedTensor(string Name, NetworkTensor Tensor);

internal static class NamedTensors
{
    public static IReadOnlyList<NamedTensor> Of(Network network, Func<string, string?>? mapping)
    {
        List<NamedTensor> tensors =
        [
            .. from tensor in PyTorchTensors.Of(network)
               let name = mapping is null ? tensor.Name : mapping(tensor.Name)
               where name is not null
               select new NamedTensor(name, tensor),
        ];
        if (tensors.GroupBy(named => named.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException(
                $"By the mapping, {string.Join(" and ", twice.Select(named => $"'{named.Tensor.Name}'"))} have one name, '{twice.Key}'.",
                nameof(mapping));
        if (tensors.Find(named => named.Name == SafetensorsHeader.Metadata) is { Tensor: { } reserved })
            throw new ArgumentException(
                $"The mapping calls '{reserved.Name}' {SafetensorsHeader.Metadata}, which is no tensor's name.", nameof(mapping));
        return tensors;
    }
}
