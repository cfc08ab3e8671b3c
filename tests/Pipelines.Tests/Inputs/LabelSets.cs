using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Labels of every sort. Batch normalization does not read them.</summary>
internal static class LabelSets
{
    public static DataSet[] All =>
    [
        new("no class", () => Ordinary.Without("Class"))
        {
            Classes = Outcome.Mismatch("There is no label column 'Class'. The data has: *"),
        },
        new("no yes or no", () => Ordinary.Without("YesNo"))
        {
            YesNo = Outcome.Mismatch("There is no label column 'YesNo'. The data has: *"),
        },
        new("no number", () => Ordinary.Without("Number"))
        {
            Numbers = Outcome.Mismatch("There is no label column 'Number'. The data has: *"),
        },
        new("labels missing in some rows", () => Ordinary.With((row, i) => Remove(row, i < 4))),
        new("labels missing in every row", () => Ordinary.With((row, _) => Remove(row, true)))
        {
            Classes = Outcome.Rows("There is no row to train on: 30 rows have no label in column 'Class'*"),
            Numbers = Outcome.Rows("There is no row to train on: 30 rows have no label in column 'Number'*"),
        },
        new("one label for all", () => Ordinary.With((row, _) => (row.Class, row.YesNo, row.Number) = (1, true, 4))),
        new("labels of one row that no other has", () => Ordinary.With(
            (row, i) => (row.Class, row.YesNo, row.Number) = i == 3 ? (2u, true, 9) : (0u, false, 1))),
        new("an infinite number", () => Ordinary.With((row, i) => row.Number = i == 3 ? float.NegativeInfinity : 1))
        {
            Numbers = Outcome.Rows("Column 'Number' has the value -Infinity in row 3. Labels must be finite."),
        },
        new("huge numbers", () => Ordinary.With((row, i) => row.Number = i % 2 == 0 ? 3e38f : -3e38f))
        {
            Numbers = Outcome.Rows("The labels*overflow*Divide the labels*"),
        },
        new("tiny numbers", () => Ordinary.With((row, i) => row.Number = 1e-44f * i)),
        new("numbers far from 0", () => Ordinary.With((row, i) => row.Number = 16_777_216 + 2 * i)),
        new("negative numbers where none may be", () => Ordinary.View())
        {
            Training = options => options with { RegressionLoss = RegressionLoss.Poisson },
            Classes = Outcome.Options("*RegressionLoss is Poisson*needs a label that is a number*Leave it out*"),
            YesNo = Outcome.Options("*RegressionLoss is Poisson*needs a label that is a number*Leave it out*"),
            Numbers = Outcome.Rows("Column 'Number' has the value -*labels of 0 or more*set another RegressionLoss."),
        },
        new("a key of 1,000,000 classes", () => Toy.ML.Data.TakeRows(Keys(1_000_000, row => row.Class), 3)),
        new("a key of one class", () => Keys(1, _ => 0)),
        new("a key of more classes than an array holds", () => Keys(uint.MaxValue, row => row.Class))
        {
            Classes = Outcome.Size("*label column 'Class': expected a key with at most *values*"),
        },
        new("keys beyond their type", () => Keys(2, row => row.Class)),
        new("keys of bytes", () => Ordinary.Replaced("Class", new KeyDataViewType(typeof(byte), 3), row => (byte)row.Class))
        {
            Classes = Outcome.Mismatch("*label column 'Class': expected Key<UInt32>, got Key<Byte>*ConvertType*UInt32*"),
        },
        new("keys of 64 bits", () => Ordinary.Replaced("Class", new KeyDataViewType(typeof(ulong), 3), row => (ulong)row.Class))
        {
            Classes = Outcome.Mismatch("*label column 'Class': expected Key<UInt32>, got Key<UInt64>*ConvertType*UInt32*"),
        },
        new("keys with values", () =>
            Toy.ML.Transforms.Conversion.MapValueToKey("Class", "Text").Fit(Ordinary.View()).Transform(Ordinary.View())),
        Labelled("text as labels", "Text") with
        {
            Classes = Outcome.Mismatch("*label column 'Text': expected Key<UInt32>, got *MapValueToKey*"),
            YesNo = Outcome.Mismatch("*label column 'Text': expected Boolean, got *MapValue*"),
            Numbers = Outcome.Mismatch("*label column 'Text': expected Single, got *ConvertType*Single*"),
        },
        Labelled("numbers as labels", "Number") with
        {
            Classes = Outcome.Mismatch("*label column 'Number': expected Key<UInt32>, got *MapValueToKey*"),
            YesNo = Outcome.Mismatch("*label column 'Number': expected Boolean, got *ConvertType*Regression.Trainers*"),
        },
        Labelled("yes or no as labels", "YesNo") with
        {
            Classes = Outcome.Mismatch("*label column 'YesNo': expected Key<UInt32>, got *MapValueToKey*"),
            Numbers = Outcome.Mismatch("*label column 'YesNo': expected Single, got *BinaryClassification.Trainers*ConvertType*"),
        },
        Labelled("keys as labels", "Class") with
        {
            YesNo = Outcome.Mismatch("*label column 'Class': expected Boolean, got *MulticlassClassification.Trainers*"),
            Numbers = Outcome.Mismatch("*label column 'Class': expected Single, got *MulticlassClassification.Trainers*MapKeyToValue*"),
        },
        Labelled("features as labels", "Features") with
        {
            Classes = Outcome.Mismatch("*label column 'Features': expected Key<UInt32>, got *one value per row*"),
            YesNo = Outcome.Mismatch("*label column 'Features': expected Boolean, got *one value per row*"),
            Numbers = Outcome.Mismatch("*label column 'Features': expected Single, got *one value per row*"),
        },
        Labelled("no column as labels", "Klass") with
        {
            Trained = Outcome.Mismatch("There is no label column 'Klass'. Did you mean 'Class'?*(Parameter 'LabelColumnName')"),
        },
    ];

    private static DataSet Labelled(string name, string label) => new(name, () => Ordinary.View())
    {
        Training = options => options with { LabelColumnName = label },
    };

    private static IDataView Keys(ulong count, Func<Anything, uint> key) =>
        Ordinary.Replaced("Class", new KeyDataViewType(typeof(uint), count), key);

    private static void Remove(Anything row, bool isMissing)
    {
        if (isMissing)
            (row.Class, row.Number) = (Anything.MissingKey, float.NaN);
    }
}
