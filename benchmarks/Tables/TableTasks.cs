using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tables;

/// <summary>The tasks of ML.NET's own samples, with the columns as they come.</summary>
internal static class TableTasks
{
    private static readonly string[] AdultNumbers = ["age", "fnlwgt", "educationNum", "capitalGain", "capitalLoss", "hours"];
    private static readonly string[] AdultCategories =
        ["workclass", "education", "marital", "occupation", "relationship", "ethnicity", "sex", "country"];

    public static IEnumerable<TableTask> All(string folder)
    {
        yield return new TableTask(
            "iris", Prediction.Multiclass,
            ml => Load(ml, folder, "iris-*.txt", '\t', true, Number("Kind", 0), Numbers("Features", 1, 4)), null,
            ml => ml.Transforms.Conversion.MapValueToKey("Label", "Kind"))
        { IsSmall = true, TestFraction = 0.3 };
        yield return new TableTask(
            "heart", Prediction.Binary,
            ml => Load(ml, folder, "Heart*.csv", ';', false, Yes("Label", 13), Numbers("Features", 0, 12)), null,
            ml => ml.Transforms.CopyColumns("Features", "Features"))
        { IsSmall = true, TestFraction = 0.3 };
        yield return new TableTask(
            "adult", Prediction.Binary, ml => Load(ml, folder, "adult.txt", ',', true, AdultColumns()), null,
            ml => OneHot(ml, AdultCategories, AdultNumbers));
        yield return new TableTask(
            "taxi", Prediction.Regression,
            // The sample filters the training rows alone.
            ml => ml.Data.FilterRowsByColumn(Taxi(ml, folder, "taxi-fare-train.csv"), "Label", lowerBound: 1, upperBound: 150),
            ml => Taxi(ml, folder, "taxi-fare-test.csv"),
            ml => OneHot(ml, ["vendor", "rate", "payment"], ["passengers", "seconds", "distance"]));
        yield return new TableTask(
            "bike", Prediction.Regression, ml => Bike(ml, folder, "hour_train.csv"), ml => Bike(ml, folder, "hour_test.csv"),
            ml => ml.Transforms.CopyColumns("Features", "Features"));
        yield return new TableTask(
            "spam", Prediction.Binary,
            ml => ml.Transforms.CustomMapping<Message, YesOrNo>((message, label) => label.Label = message.Kind == "spam", null)
                .Fit(Messages(ml, folder)).Transform(Messages(ml, folder)), null,
            ml => ml.Transforms.Text.FeaturizeText("Features", nameof(Message.Text)));
    }

    private static IDataView Load(
        MLContext ml, string folder, string pattern, char separator, bool hasHeader, params TextLoader.Column[] columns) =>
        ml.Data.Cache(ml.Data.CreateTextLoader(new TextLoader.Options
        {
            Columns = columns,
            Separators = [separator],
            HasHeader = hasHeader,
            TrimWhitespace = true,
        }).Load(Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal).ToArray()));

    private static IDataView Taxi(MLContext ml, string folder, string file) => Load(
        ml, folder, file, ',', true, Text("vendor", 0), Text("rate", 1), Number("passengers", 2), Number("seconds", 3),
        Number("distance", 4), Text("payment", 5), Number("Label", 6));

    // season, yr, mnth, hr, holiday, weekday, workingday, weathersit, temp, atemp, hum, windspeed -> cnt
    private static IDataView Bike(MLContext ml, string folder, string file) =>
        Load(ml, folder, file, ',', true, Numbers("Features", 2, 13), Number("Label", 16));

    private static IDataView Messages(MLContext ml, string folder) => ml.Data.LoadFromTextFile(
        Path.Combine(folder, "SMSSpamCollection"), [Text(nameof(Message.Kind), 0), Text(nameof(Message.Text), 1)], '\t', hasHeader: true);

    private static TextLoader.Column[] AdultColumns() =>
    [
        Number("age", 0), Text("workclass", 1), Number("fnlwgt", 2), Text("education", 3), Number("educationNum", 4), Text("marital", 5),
        Text("occupation", 6), Text("relationship", 7), Text("ethnicity", 8), Text("sex", 9), Number("capitalGain", 10),
        Number("capitalLoss", 11), Number("hours", 12), Text("country", 13), Yes("Label", 14),
    ];

    private static EstimatorChain<ColumnConcatenatingTransformer> OneHot(MLContext ml, string[] categories, string[] numbers) =>
        ml.Transforms.Categorical.OneHotEncoding([.. categories.Select(name => new InputOutputColumnPair(name))])
            .Append(ml.Transforms.Concatenate("Features", [.. numbers, .. categories]));

    private static TextLoader.Column Number(string name, int index) => new(name, DataKind.Single, index);

    private static TextLoader.Column Numbers(string name, int first, int last) => new(name, DataKind.Single, first, last);

    private static TextLoader.Column Text(string name, int index) => new(name, DataKind.String, index);

    private static TextLoader.Column Yes(string name, int index) => new(name, DataKind.Boolean, index);

    private sealed class Message
    {
        public string Kind { get; set; } = "";

        public string Text { get; set; } = "";
    }

    private sealed class YesOrNo
    {
        public bool Label { get; set; }
    }
}
