using Microsoft.ML;
using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Transforms.Interop;

/// <summary>
/// How one component of ours stands in an ML.NET model zip: ML.NET's own header, which names the loader, and after it our payload, which is
/// versioned and checksummed on its own because ML.NET checks neither lengths nor damage inside an entry.
/// </summary>
/// <param name="Signature">Identifies the component in ML.NET's header; exactly 8 characters.</param>
/// <param name="LoaderName">The name given to LoadableClass; at most 24 characters.</param>
/// <param name="Component">The class whose static <c>Create(IHostEnvironment, ModelLoadContext)</c> loads it.</param>
/// <param name="Payload">Kind and version of the payload.</param>
internal sealed record ModelEntry(string Signature, string LoaderName, Type Component, PayloadKind Payload)
{
    // The version in ML.NET's header never changes: the payload carries its own, with an error message of ours.
    private const uint HeaderVersion = 0x00010001;

    private VersionInfo Version => new(
        modelSignature: Signature,
        verWrittenCur: HeaderVersion,
        verReadableCur: HeaderVersion,
        verWeCanReadBack: HeaderVersion,
        loaderAssemblyName: Component.Assembly.FullName,
        loaderSignature: LoaderName);

    /// <summary>Writes the header, and as the payload what <paramref name="write"/> writes.</summary>
    public void Save(ModelSaveContext context, Action<PayloadWriter> write)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.CheckAtModel();
        context.SetVersionInfo(Version);
        var payload = new PayloadWriter(Payload);
        write(payload);
        payload.WriteTo(context.Writer.BaseStream);
    }

    /// <summary>Checks the header and opens the payload.</summary>
    public PayloadReader Open(ModelLoadContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.CheckAtModel(Version);
        return PayloadReader.Open(context.Reader.BaseStream, Payload);
    }

    /// <summary>The only transformer of a zip, which ML.NET may have loaded as a chain of one.</summary>
    public static T Only<T>(ITransformer loaded) where T : ITransformer =>
        (T)(loaded is IEnumerable<ITransformer> chain ? chain.Single() : loaded);
}
