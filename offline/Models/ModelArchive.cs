// Stands for the repository classes of Microsoft.ML.Core and the schema in model files. A model of this host is a zip of its own making:
// the mark, the input schema, the components. Left out: the layout of ML.NET's own zips, which this host refuses as ML.NET does ours.

using System.IO.Compression;

namespace MLNet.Offline;

internal static class ModelArchive
{
    private const string Mark = "MLNet.Offline 1";
    private const string SchemaEntry = "schema";
    private const string ModelDirectory = "model";

    public static void Save(ITransformer model, DataViewSchema schema, Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        archive.CreateEntry(Mark);
        if (schema != null)
        {
            using var writer = new BinaryWriter(archive.CreateEntry(SchemaEntry).Open());
            SchemaCodec.Write(writer, schema);
        }

        ModelSaveContext.Save(archive, model, ModelDirectory);
    }

    public static ITransformer Load(IHostEnvironment env, Stream stream, out DataViewSchema schema)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        if (archive.GetEntry(Mark) == null)
            throw new FormatException(
                "The model was not written on ML.NET's offline host: load it on the packages host, or train and save it here.");
        schema = null;
        if (archive.GetEntry(SchemaEntry) != null)
        {
            using var reader = Open(archive, SchemaEntry);
            schema = SchemaCodec.Read(reader);
        }

        return ModelLoadContext.Load<ITransformer>(env, archive, ModelDirectory);
    }

    /// <summary>A reader over the whole entry, in memory so that it knows its length.</summary>
    public static BinaryReader Open(ZipArchive archive, string name)
    {
        var entry = archive.GetEntry(name) ?? throw new FormatException($"The model file is damaged: it has no entry '{name}'.");
        var content = new MemoryStream();
        using (var stream = entry.Open())
            stream.CopyTo(content);
        content.Position = 0;
        return new BinaryReader(content);
    }
}

/// <summary>The visible columns with their annotations, but for those of types without a codec: images, types of the user's.</summary>
internal static class SchemaCodec
{
    public static void Write(BinaryWriter writer, DataViewSchema schema)
    {
        var columns = schema.Where(column => !column.IsHidden && TypeCodec.CanWrite(column.Type)).ToArray();
        writer.Write(columns.Length);
        foreach (var column in columns)
        {
            writer.Write(column.Name);
            TypeCodec.Write(writer, column.Type);
            var annotations = column.Annotations.Schema.Where(annotation => TypeCodec.CanWrite(annotation.Type)).ToArray();
            writer.Write(annotations.Length);
            foreach (var annotation in annotations)
            {
                writer.Write(annotation.Name);
                TypeCodec.Write(writer, annotation.Type);
                ValueCodec.For(annotation.Type.GetItemType()).WriteAnnotation(writer, column.Annotations, annotation);
            }
        }
    }

    public static DataViewSchema Read(BinaryReader reader)
    {
        var schema = new DataViewSchema.Builder();
        for (var columns = reader.ReadInt32(); columns > 0; columns--)
        {
            var name = reader.ReadString();
            var type = TypeCodec.Read(reader);
            var annotations = new DataViewSchema.Annotations.Builder();
            for (var count = reader.ReadInt32(); count > 0; count--)
            {
                var kind = reader.ReadString();
                var annotationType = TypeCodec.Read(reader);
                annotations.Add(kind, annotationType, ValueCodec.For(annotationType.GetItemType()).ReadAnnotation(reader, annotationType));
            }

            schema.AddColumn(name, type, annotations.ToAnnotations());
        }

        return schema.ToSchema();
    }
}
