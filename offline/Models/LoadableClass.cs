// Stands for LoadableClassAttribute and SignatureLoadModel of Microsoft.ML.Core. Left out: signatures other than that of loading a model.

namespace Microsoft.ML;

/// <summary>The signature of methods that load a model.</summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);

/// <summary>
/// Says which type loads the models with a loader name: the loader type has a static method <c>Create</c>, or a constructor, that takes the
/// environment and a <see cref="ModelLoadContext"/>; neither need be public.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class LoadableClassAttribute : Attribute
{
    public LoadableClassAttribute(Type instType, Type argType, Type sigType, string userName, params string[] loadNames)
        : this(instType, instType, argType, sigType, userName, loadNames) { }

    public LoadableClassAttribute(Type instType, Type loaderType, Type argType, Type sigType, string userName, params string[] loadNames)
    {
        InstanceType = instType;
        LoaderType = loaderType;
        ArgType = argType;
        SignatureType = sigType;
        UserName = userName;
        LoadNames = loadNames;
    }

    public Type InstanceType { get; }
    public Type LoaderType { get; }
    public Type ArgType { get; }
    public Type SignatureType { get; }
    public string UserName { get; }
    public string[] LoadNames { get; }
}
