using Microsoft.ML;
using Microsoft.ML.Data;
using static Microsoft.ML.Data.TextLoader;

namespace MLNet.BatchNorm.Tables;

/// <summary>Reads the files as they are published.</summary>
internal static class TableFiles
{
    /// <summary>The reader takes the header for a comment, as it starts with #.</summary>
    public static IDataView Iris(MLContext ml, string folder) => Read(
        ml, '\t', hasHeader: false, [Path.Combine(folder, "iris-train.txt"), Path.Combine(folder, "iris-test.txt")],
        new("Label", DataKind.Single, 0), new("Features", DataKind.Single, 1, 4));

    public static IDataView Heart(MLContext ml, string folder) => Read(
        ml, ';', hasHeader: false, [Path.Combine(folder, "HeartTraining.csv"), Path.Combine(folder, "HeartTest.csv")],
        new("Features", DataKind.Single, 0, 12), new("Label", DataKind.Boolean, 13));

    public static IDataView Adult(MLContext ml, string folder) => Read(
        ml, ',', hasHeader: true, [Path.Combine(folder, "adult.txt")],
        new("Numbers", DataKind.Single, [new(0), new(2), new(4), new(10, 12)]),
        new("workclass", DataKind.String, 1),
        new("education", DataKind.String, 3),
        new("marital-status", DataKind.String, 5),
        new("occupation", DataKind.String, 6),
        new("relationship", DataKind.String, 7),
        new("ethnicity", DataKind.String, 8),
        new("sex", DataKind.String, 9),
        new("native-country", DataKind.String, 13),
        new("Label", DataKind.Boolean, 14));

    public static IDataView Taxi(MLContext ml, string folder, string file) => Read(
        ml, ',', hasHeader: true, [Path.Combine(folder, file)],
        new("vendor_id", DataKind.String, 0),
        new("rate_code", DataKind.String, 1),
        new("Numbers", DataKind.Single, 2, 4),
        new("payment_type", DataKind.String, 5),
        new("Label", DataKind.Single, 6));

    /// <summary>Season to windspeed; casual and registered would sum up to the label.</summary>
    public static IDataView Bike(MLContext ml, string folder, string file) => Read(
        ml, ',', hasHeader: true, [Path.Combine(folder, file)],
        new("Features", DataKind.Single, 2, 13), new("Label", DataKind.Single, 16));

    public static IDataView Spam(MLContext ml, string folder)
    {
        var rows = Read(
            ml, '\t', hasHeader: true, [Path.Combine(folder, "SMSSpamCollection")],
            new("Kind", DataKind.String, 0), new("Text", DataKind.String, 1));
        return ml.Transforms.Conversion.MapValue("Label", [new("ham", false), new KeyValuePair<string, bool>("spam", true)], "Kind")
            .Fit(rows).Transform(rows);
    }

    private static IDataView Read(MLContext ml, char separator, bool hasHeader, string[] files, params Column[] columns)
    {
        var options = new Options { Separators = [separator], HasHeader = hasHeader, TrimWhitespace = true, Columns = columns };
        return ml.Data.CreateTextLoader(options).Load(new MultiFileSource(files));
    }
}
