// Loads every model of a folder as a user's program would: our assemblies are referenced, and nothing but ML.NET is called.
// Compares predictions with recorded ones, bit for bit.
// usage: MLNet.BatchNorm.ModelLoader <folder with NAME.zip, NAME.rows and NAME.expected; one row, one prediction in JSON per line>
using System.Text.Json;
using Microsoft.ML;
using MLNet.BatchNorm.ModelLoader;

var wrong = 0;
foreach (var zip in Directory.EnumerateFiles(args[0], "*.zip").Order(StringComparer.Ordinal))
{
    var differences = Differences(zip).ToArray();
    var result = differences is [] ? "same" : string.Join(Environment.NewLine, differences);
    Console.WriteLine($"{Path.GetFileNameWithoutExtension(zip)}: {result}");
    wrong += differences.Length;
}

return wrong == 0 ? 0 : 1;

static IEnumerable<string> Differences(string zip)
{
    var ml = new MLContext();
    var model = ml.Model.Load(zip, out _);
    using var engine = ml.Model.CreatePredictionEngine<ModelInput, ModelOutput>(model);
    var rows = File.ReadLines(Path.ChangeExtension(zip, "rows"));
    foreach (var (row, expected) in rows.Zip(File.ReadLines(Path.ChangeExtension(zip, "expected"))))
    {
        var found = JsonSerializer.Serialize(engine.Predict(JsonSerializer.Deserialize<ModelInput>(row)!));
        if (found != expected)
            yield return $"expected {expected} for {row}, found {found}";
    }
}
