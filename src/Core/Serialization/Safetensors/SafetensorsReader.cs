namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>Reads a file into a network: first everything, then, if all of it is good, it is put in.</summary>
internal static class SafetensorsReader
{
    private const int NamesInErrors = 5;

    public static IncompatibleKeys Read(IReadOnlyList<NamedTensor> tensors, Stream stream, bool strict)
    {
        var entries = SafetensorsHeader.Read(stream);
        var names = entries.Select(entry => entry.Name).ToHashSet();
        var wanted = tensors.ToDictionary(named => named.Name, named => named.Tensor);
        var keys = new IncompatibleKeys(
            [.. tensors.Where(named => !named.Tensor.IsOptional && !names.Contains(named.Name)).Select(named => named.Name)],
            [.. entries.Where(entry => !wanted.ContainsKey(entry.Name)).Select(entry => entry.Name)]);
        if (strict)
            RequireNone(keys);
        foreach (var entry in entries)
            if (wanted.TryGetValue(entry.Name, out var tensor))
                RequireFit(entry, tensor);

        var changes = new Dictionary<string, Action>();
        foreach (var entry in entries)
        {
            var data = new TensorData(entry, stream);
            if (wanted.TryGetValue(entry.Name, out var tensor))
                changes[entry.Name] = tensor.Read(data);
            else
                data.Skip();
        }

        if (stream.ReadByte() >= 0)
            throw SafetensorsHeader.Invalid("there are bytes behind its last tensor.");
        foreach (var named in tensors)
            if (changes.TryGetValue(named.Name, out var change))
                change();
        return keys;
    }

    private static void RequireNone(IncompatibleKeys keys)
    {
        if (keys.Missing.Count == 0 && keys.Unexpected.Count == 0)
            return;
        var reason = $"it lacks {Listed(keys.Missing)}, and has {Listed(keys.Unexpected)} beyond what the network has. "
            + "For other names give a mapping; to load what fits, strict: false.";
        if (keys.Missing.Concat(keys.Unexpected).Any(name => name.EndsWith(".bias", StringComparison.Ordinal)))
            reason += " A dense layer or convolution has a bias, unless batch norm follows, or as its UseBias says.";
        throw SafetensorsHeader.Invalid(reason);
    }

    private static string Listed(IReadOnlyList<string> names) => names.Count == 0
        ? "nothing"
        : string.Join(", ", names.Take(NamesInErrors).Select(name => $"'{name}'"))
            + (names.Count > NamesInErrors ? $" and {names.Count - NamesInErrors} more" : "");

    private static void RequireFit(TensorEntry entry, NetworkTensor tensor)
    {
        if (!entry.Shape.SequenceEqual(tensor.Shape.Select(size => (long)size)))
            throw SafetensorsHeader.Invalid(
                $"its tensor '{entry.Name}' has shape [{string.Join(", ", entry.Shape)}], the network's has "
                + $"[{string.Join(", ", tensor.Shape)}].");
        if (!tensor.Takes(entry.Type))
            throw SafetensorsHeader.Invalid($"its tensor '{entry.Name}' is of type {entry.Type}, the network's of {tensor.Type}.");
    }
}
