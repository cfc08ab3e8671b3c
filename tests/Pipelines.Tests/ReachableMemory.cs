using System.Reflection;
using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>How many bytes of arrays an object keeps alive, over all fields, whatever else the process allocates meanwhile.</summary>
internal static class ReachableMemory
{
    private const BindingFlags OwnFields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static long Of(object root)
    {
        var (bytes, seen, open) = (0L, new HashSet<object>(ReferenceEqualityComparer.Instance), new Stack<object>([root]));
        while (open.TryPop(out var found))
        {
            if (!seen.Add(found) || found is Type or MemberInfo or Assembly or string)
                continue;
            if (found is Array array)
                bytes += SizeOf(array);
            foreach (var inner in InnerOf(found))
                open.Push(inner);
        }

        return bytes;
    }

    private static long SizeOf(Array array) => array.GetType().GetElementType() is { IsPrimitive: true }
        ? Buffer.ByteLength(array)
        : (long)array.Length * Unsafe.SizeOf<nint>();

    private static IEnumerable<object> InnerOf(object found)
    {
        if (found is Array array)
            return array.GetType().GetElementType()!.IsPrimitive ? [] : array.Cast<object?>().OfType<object>();
        var inner = new List<object>();
        for (var type = found.GetType(); type is not null; type = type.BaseType)
            foreach (var field in type.GetFields(OwnFields))
                if (!field.FieldType.IsPrimitive && !field.FieldType.IsPointer && field.GetValue(found) is { } value)
                    inner.Add(value);
        return inner;
    }
}
