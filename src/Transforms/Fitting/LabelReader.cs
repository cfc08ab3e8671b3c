using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Reads the labels that gamma and beta are learned from.</summary>
internal sealed class LabelReader
{
    private const string Role = "label", Expected = "Key<UInt32>, Boolean or Single";

    private readonly Func<float> read;

    private LabelReader(int classes, Func<float> read)
    {
        Classes = classes;
        this.read = read;
    }

    /// <summary>Number of classes; 0 if the label is a number.</summary>
    public int Classes { get; }

    /// <summary>Finds the label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var found = ColumnTypes.Find(schema, Role, name);
        var fits = found.Type == BooleanDataViewType.Instance || found.Type == NumberDataViewType.Single
            || found.Type is KeyDataViewType { RawType: var raw } && raw == typeof(uint);
        return fits ? found : throw ColumnTypes.Mismatch(nameof(schema), Role, name, Expected, found.Type);
    }

    /// <summary>Checks the promised label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static void Check(SchemaShape inputSchema, string name)
    {
        var found = ColumnTypes.Find(inputSchema, Role, name);
        var fits = found.Kind == SchemaShape.Column.VectorKind.Scalar
            && (found.IsKey ? found.ItemType == NumberDataViewType.UInt32
                : found.ItemType == BooleanDataViewType.Instance || found.ItemType == NumberDataViewType.Single);
        if (!fits)
            throw ColumnTypes.Mismatch(nameof(inputSchema), Role, name, Expected, ColumnTypes.Describe(found));
    }

    /// <summary>Reads <paramref name="label"/>, which <see cref="Find"/> accepted, from <paramref name="row"/>.</summary>
    public static LabelReader Of(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is KeyDataViewType key)
            return new LabelReader(checked((int)key.Count), Reader<uint>(row, label, value => value == 0 ? float.NaN : value - 1));
        return label.Type == BooleanDataViewType.Instance
            ? new LabelReader(2, Reader<bool>(row, label, value => value ? 1 : 0))
            : new LabelReader(0, Reader<float>(row, label, value => value));
    }

    /// <summary>Class index or number of the current row; NaN if it is missing.</summary>
    public float Read() => read();

    private static Func<float> Reader<T>(DataViewRow row, DataViewSchema.Column label, Func<T, float> convert)
    {
        var getter = row.GetGetter<T>(label);
        var value = default(T)!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }
}
