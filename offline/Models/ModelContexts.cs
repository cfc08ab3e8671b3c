// Stands for VersionInfo, ModelSaveContext and ModelLoadContext of Microsoft.ML.Core: components written into and read from a model file.
// Left out: strings shared between components, named streams beside a component, loading by name from a text.

using System.IO.Compression;

namespace Microsoft.ML;

/// <summary>What a component writes about itself: what it is, the version it has and can be read by, and who loads it.</summary>
internal readonly struct VersionInfo(
    string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
    string loaderAssemblyName, string loaderSignature = null)
{
    public readonly string ModelSignature = modelSignature.Length == 8 ? modelSignature
        : throw new ArgumentException($"A model signature has 8 characters, unlike '{modelSignature}'.", nameof(modelSignature));

    public readonly uint VerWrittenCur = verWrittenCur;
    public readonly uint VerReadableCur = verReadableCur;
    public readonly uint VerWeCanReadBack = verWeCanReadBack;
    public readonly string LoaderAssemblyName = loaderAssemblyName;

    public readonly string LoaderSignature = loaderSignature is not { Length: > 24 } ? loaderSignature
        : throw new ArgumentException($"A loader signature has up to 24 characters, unlike '{loaderSignature}'.", nameof(loaderSignature));

    /// <summary>The version of a component of this assembly, all of which are at their first.</summary>
    public static VersionInfo Own(string modelSignature, string loaderSignature) =>
        new(modelSignature, 0x00010001, 0x00010001, 0x00010001, typeof(VersionInfo).Assembly.FullName, loaderSignature);
}

/// <summary>Writes one component, which may save others below it.</summary>
public sealed class ModelSaveContext : IDisposable
{
    internal readonly BinaryWriter Writer = new(new MemoryStream());
    private readonly ZipArchive archive;
    private readonly string directory;
    private VersionInfo? version;

    internal ModelSaveContext(ZipArchive archive, string directory)
    {
        this.archive = archive;
        this.directory = directory;
    }

    public void Dispose() => Writer.Dispose();

    /// <summary>Checks that nothing has been written yet.</summary>
    internal void CheckAtModel()
    {
        if (version != null || Writer.BaseStream.Length > 0)
            throw new InvalidOperationException("The component has been written to this context already.");
    }

    /// <summary>Says what the component is, before it is written.</summary>
    internal void SetVersionInfo(VersionInfo ver)
    {
        CheckAtModel();
        version = ver;
    }

    /// <summary>Saves a part of the component under a name of its own.</summary>
    internal void SaveModel<T>(T value, string name)
        where T : class => Save(archive, value, $"{directory}/{Contracts.CheckNonEmpty(name, nameof(name))}");

    internal static void Save(ZipArchive archive, object component, string directory)
    {
        if (component is not ICanSaveModel savable)
            throw new InvalidOperationException($"{component.GetType()} cannot be saved.");
        using var ctx = new ModelSaveContext(archive, directory);
        savable.Save(ctx);
        var ver = ctx.version ?? throw new InvalidOperationException($"{component.GetType()} was saved without SetVersionInfo.");
        using var entry = new BinaryWriter(archive.CreateEntry($"{directory}/{ModelLoadContext.EntryName}").Open());
        entry.Write(ver.ModelSignature);
        entry.Write(ver.VerWrittenCur);
        entry.Write(ver.VerReadableCur);
        entry.Write(ver.LoaderSignature ?? "");
        entry.Write(ver.LoaderAssemblyName);
        ctx.Writer.Flush();
        entry.Write(((MemoryStream)ctx.Writer.BaseStream).ToArray());
    }
}

/// <summary>Reads one component.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    public const string EntryName = "component";
    public readonly BinaryReader Reader;
    private readonly ZipArchive archive;
    private readonly string directory;
    private readonly string modelSignature;
    private readonly uint verWritten;
    private readonly uint verReadable;

    internal ModelLoadContext(ZipArchive archive, string directory)
    {
        this.archive = archive;
        this.directory = directory;
        Reader = ModelArchive.Open(archive, $"{directory}/{EntryName}");
        modelSignature = Reader.ReadString();
        verWritten = Reader.ReadUInt32();
        verReadable = Reader.ReadUInt32();
        LoaderSignature = Reader.ReadString();
        LoaderAssemblyName = Reader.ReadString();
    }

    public string LoaderSignature { get; }
    public string LoaderAssemblyName { get; }

    public void Dispose() => Reader.Dispose();

    /// <summary>Checks that the component is of this kind, and of a version that can be read.</summary>
    public void CheckAtModel(VersionInfo ver)
    {
        if (modelSignature != ver.ModelSignature)
            throw new FormatException($"The model holds a component '{modelSignature}' where '{ver.ModelSignature}' was expected.");
        if (verReadable > ver.VerWrittenCur)
            throw new FormatException($"Component '{modelSignature}' is of version {verWritten:x8}, too new for {ver.VerWrittenCur:x8}.");
        if (verWritten < ver.VerWeCanReadBack)
            throw new FormatException($"Component '{modelSignature}' is of version {verWritten:x8}, older than {ver.VerWeCanReadBack:x8}.");
    }

    /// <summary>Loads a part that was saved by <see cref="ModelSaveContext.SaveModel"/>.</summary>
    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name)
        where TRes : class => result = Load<TRes>(env, archive, $"{directory}/{name}");

    internal static TRes Load<TRes>(IHostEnvironment env, ZipArchive archive, string directory) where TRes : class
    {
        using var ctx = new ModelLoadContext(archive, directory);
        var component = ModelLoaders.Load(env, ctx);
        return component as TRes ?? throw new FormatException($"The model holds a {component.GetType()}, not a {typeof(TRes)}.");
    }
}
