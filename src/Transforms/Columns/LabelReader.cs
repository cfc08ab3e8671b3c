using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>What a label column holds.</summary>
internal enum LabelKind
{
    /// <summary>One of several classes, a key of type UInt32.</summary>
    Key,

    /// <summary>No or yes.</summary>
    Boolean,

    /// <summary>A number of type Single.</summary>
    Number,
}

/// <summary>Reads a label as a number.</summary>
internal sealed class LabelReader
{
    private readonly DataViewRow row;
    private readonly SourceColumn label;
    private readonly Func<float> read;

    /// <summary>Reads <paramref name="label"/>, a column of one of the kinds, from <paramref name="row"/>.</summary>
    public LabelReader(DataViewRow row, SourceColumn label)
    {
        this.row = row;
        this.label = label;
        read = KindOf(label.Type) switch
        {
            LabelKind.Key => Getter<uint>(ClassOf),
            LabelKind.Boolean => Getter<bool>(isTrue => isTrue ? 1 : 0),
            _ => Getter<float>(number => number),
        };
    }

    /// <summary>The label as the options of every estimator here name it.</summary>
    public static ColumnReference Reference(string name) => new("label", name, nameof(BatchNormalizationOptions.LabelColumnName));

    /// <summary>Finds the label.</summary>
    /// <param name="schema">Where.</param>
    /// <param name="label">Its name.</param>
    /// <param name="expected">The kinds that it may be, in words.</param>
    /// <param name="kinds">The kinds that it may be.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static SourceColumn Find(
        DataViewSchema schema, ColumnReference label, string expected, params ReadOnlySpan<LabelKind> kinds)
    {
        var found = label.Find(schema);
        return KindOf(found.Type) is { } kind && kinds.Contains(kind)
            ? found
            : throw found.Mismatch(expected, Remedies.ForLabel(ColumnType.Of(found.Type), kinds));
    }

    /// <summary>Finds the label in a promised schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static SchemaShape.Column Find(
        SchemaShape schema, ColumnReference label, string expected, params ReadOnlySpan<LabelKind> kinds)
    {
        var found = label.Find(schema);
        return KindOf(found) is { } kind && kinds.Contains(kind)
            ? found
            : throw label.Mismatch(expected, found, Remedies.ForLabel(ColumnType.Of(found), kinds));
    }

    /// <summary>Number of classes that <see cref="Read"/> counts; 0 if the label is a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more than an array holds.</exception>
    public static int ClassesOf(SourceColumn label) => label.Type switch
    {
        KeyDataViewType { Count: var count } => count <= (ulong)Array.MaxLength
            ? (int)count
            : throw label.Mismatch($"a key with at most {Array.MaxLength} values, one per class"),
        BooleanDataViewType => 2,
        _ => 0,
    };

    /// <summary>A class counted from 0, 0 or 1, or a number; NaN where the label is missing.</summary>
    /// <exception cref="InvalidOperationException">A number is infinite, or a key beyond the count of its type.</exception>
    public float Read()
    {
        var target = read();
        return !float.IsInfinity(target)
            ? target
            : throw new InvalidOperationException(
                $"Column {label.Subject} has the value {target} in row {row.Position}. Labels must be finite.");
    }

    // Keys count from 1; 0 is the missing one.
    private float ClassOf(uint key)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        return key <= count
            ? key == 0 ? float.NaN : key - 1
            : throw new InvalidOperationException(
                $"Column {label.Subject} has the key {key} in row {row.Position}, but its type says that keys are 1 to {count}.");
    }

    private static LabelKind? KindOf(DataViewType type) => type switch
    {
        KeyDataViewType { RawType: var raw } when raw == typeof(uint) => LabelKind.Key,
        BooleanDataViewType => LabelKind.Boolean,
        _ when type == NumberDataViewType.Single => LabelKind.Number,
        _ => null,
    };

    private static LabelKind? KindOf(SchemaShape.Column column) => column switch
    {
        { Kind: not SchemaShape.Column.VectorKind.Scalar } => null,
        { IsKey: true } => column.ItemType == NumberDataViewType.UInt32 ? LabelKind.Key : null,
        _ => KindOf(column.ItemType),
    };

    private Func<float> Getter<T>(Func<T, float> convert)
    {
        var getter = row.GetGetter<T>(label.Column);
        var value = default(T)!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }
}
