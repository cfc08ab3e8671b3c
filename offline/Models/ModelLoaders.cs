// Stands for the loading half of the component catalog of Microsoft.ML.Core. Left out: registering assemblies, which are found by the names
// in a model.

using System.Collections.Concurrent;

namespace MLNet.Offline;

/// <summary>The loaders of an assembly by loader name.</summary>
internal static class ModelLoaders
{
    private delegate object Loader(object[] arguments);

    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, Loader>> OfAssembly = new();

    /// <summary>Loads the component that <paramref name="ctx"/> stands at, by the assembly and the loader name in its header.</summary>
    public static object Load(IHostEnvironment env, ModelLoadContext ctx)
    {
        var loaders = OfAssembly.GetOrAdd(Assembly.Load(new AssemblyName(ctx.LoaderAssemblyName)), Find);
        if (!loaders.TryGetValue(ctx.LoaderSignature, out var load))
            throw new FormatException($"The model asks for a loader '{ctx.LoaderSignature}', which {ctx.LoaderAssemblyName} has not.");
        return load([env, ctx]);
    }

    private static Dictionary<string, Loader> Find(Assembly assembly)
    {
        var loaders = new Dictionary<string, Loader>(StringComparer.OrdinalIgnoreCase);
        foreach (var loadable in assembly.GetCustomAttributes<LoadableClassAttribute>())
        {
            if (loadable.SignatureType != typeof(SignatureLoadModel))
                continue;
            var loader = MakeLoader(loadable.LoaderType);
            foreach (var name in loadable.LoadNames)
                loaders.Add(name, loader);
        }

        return loaders;
    }

    private static Loader MakeLoader(Type type)
    {
        const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
        Type[] parameters = [typeof(IHostEnvironment), typeof(ModelLoadContext)];
        var create = type.GetMethod("Create", Any & ~BindingFlags.Instance, parameters);
        var constructor = type.GetConstructor(Any & ~BindingFlags.Static, parameters);
        if (create?.IsPrivate == constructor?.IsPrivate)
            throw new InvalidOperationException(
                $"{type} needs a static Create or a constructor with ({string.Join<Type>(", ", parameters)}); of both, one private.");
        return create == null || (constructor != null && create.IsPrivate)
            ? constructor.Invoke
            : arguments => create.Invoke(null, arguments);
    }
}
