using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>An error about a column says what to do about it.</summary>
public class ColumnRemedyTests
{
    private const string ToSingle = "*ConvertType*Single*", Concatenate = "*Concatenate*";

    // Columns of every type that users bring, with the name of the type.
    private static readonly IDataView Table = Toy.ML.Transforms.Conversion.MapValueToKey("Class", nameof(Row.Text))
        .Fit(Formula.View(Rows())).Transform(Formula.View(Rows()));

    public static TheoryData<string, string, string, string> Mismatches() => new()
    {
        { "binary", "Label", "Single", "*expected Boolean, got Single. *ConvertType*Boolean*Regression*" },
        { "binary", "Label", "Int32", "*expected Boolean, got Int32. *ConvertType*Boolean*" },
        { "binary", "Label", "Text", "*expected Boolean, got String. *true or false*ConvertType*MapValue*" },
        { "binary", "Label", "Class", "*expected Boolean, got Key<UInt32*MulticlassClassification*" },
        { "multiclass", "Label", "Text", "*expected Key<UInt32>, got String. *MapValueToKey*" },
        { "multiclass", "Label", "Single", "*expected Key<UInt32>, got Single. *MapValueToKey*" },
        { "multiclass", "Label", "Boolean", "*expected Key<UInt32>, got Boolean. *MapValueToKey*" },
        { "multiclass", "Label", "ByteKey", "*expected Key<UInt32>, got Key<Byte*ConvertType*UInt32*" },
        { "regression", "Label", "Boolean", "*expected Single, got Boolean. *BinaryClassification*ConvertType*Single*" },
        { "regression", "Label", "Double", "*expected Single, got Double. " + ToSingle },
        { "regression", "Label", "Text", "*expected Single, got String. *MulticlassClassification*ConvertType*Single*" },
        { "regression", "Label", "Class", "*expected Single, got Key<UInt32*MulticlassClassification*MapKeyToValue*" },
        { "regression", "Label", "Singles", "*expected Single, got Vector<Single*one value per row*" },
        { "regression", "Features", "Doubles", "*vector of Single*got Vector<Double*" + ToSingle },
        { "binary", "Features", "Double", "*got Double. *ConvertType*Single*Concatenate*" },
        { "binary", "Features", "Single", "*got Single. " + Concatenate },
        { "multiclass", "Features", "Text", "*got String. *FeaturizeText*OneHotEncoding*" },
        { "multiclass", "Features", "Texts", "*got Vector<String*FeaturizeText*" },
        { "multiclass", "Features", "Class", "*got Key<UInt32*MapKeyToVector*" },
        { "regression", "Features", "AnySize", "*of known size, got *Vector<Single*[VectorType(size)]*PredictionEngine*" },
        { "binary", "Weight", "Double", "*expected Single, got Double. " + ToSingle },
        { "binary", "Weight", "Boolean", "*expected Single, got Boolean. " + ToSingle },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void Fit_ColumnOfTheWrongType_NamesTheRemedy(string task, string role, string column, string message)
    {
        var bad = Columns(task, role, column);
        var trainer = Trainer(task);

        var fit = () => trainer.Fit(bad);
        var promise = () => trainer.GetOutputSchema(ShapeText.ShapeOf(bad.Schema));
        var validate = () => Trainer(task, validation: bad).Fit(Columns(task));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message).WithParameterName(Option(role));
        promise.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message).WithParameterName(Option(role));
        validate.Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage($"*'{role}' of ValidationData" + message).WithParameterName("ValidationData");
    }

    [Theory]
    [InlineData("binary", "Label", "Single", DataKind.Boolean)]
    [InlineData("binary", "Label", "Int32", DataKind.Boolean)]
    [InlineData("multiclass", "Label", "ByteKey", DataKind.UInt32)]
    [InlineData("regression", "Label", "Boolean", DataKind.Single)]
    [InlineData("regression", "Label", "Double", DataKind.Single)]
    [InlineData("regression", "Features", "Doubles", DataKind.Single)]
    [InlineData("binary", "Weight", "Double", DataKind.Single)]
    public void Fit_ConvertedAsTheRemedySays_Trains(string task, string role, string column, DataKind kind)
    {
        var bad = Columns(task, role, column);

        var remedied = Toy.ML.Transforms.Conversion.ConvertType(role, outputKind: kind).Fit(bad).Transform(bad);

        Trainer(task).Fit(remedied).Model.History.Should().HaveCount(1);
    }

    [Theory]
    [InlineData("label", "*no label column 'label'. Did you mean 'Label'? The data has: *")]
    [InlineData("Lable", "*no label column 'Lable'. The data has: *")]
    [InlineData("Labels", "*no label column 'Labels'. Did you mean 'Label'?*")]
    [InlineData("y", "*no label column 'y'. The data has: *")]
    public void Fit_NameThatIsNotThere_AsksForTheNearest(string name, string message)
    {
        var trainer = Toy.ML.Regression.Trainers.NeuralNetwork(Toy.Quick with { LabelColumnName = name });

        var fit = () => trainer.Fit(Columns("regression"));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void Fit_NoRows_SaysSo()
    {
        var none = Toy.ML.Data.FilterRowsByColumn(Columns("regression"), "Label", lowerBound: 1e6);

        var fit = () => Trainer("regression").Fit(none);

        fit.Should().Throw<InvalidOperationException>().WithMessage("There is no row to train on: the data has no rows. See that*");
    }

    [Fact]
    public void CreatePredictionEngine_InputClassWithoutVectorType_NamesTheCause()
    {
        var model = Trainer("regression").Fit(Columns("regression"));

        var create = () => Toy.ML.Model.CreatePredictionEngine<Unsized, Predicted>(model);

        create.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*'Features'*[VectorType(size)]*PredictionEngine*");
    }

    private static NeuralNetworkTrainer Trainer(string task, IDataView? validation = null)
    {
        var options = Toy.Quick with { Epochs = 1, ExampleWeightColumnName = "Weight", ValidationData = validation };
        return task switch
        {
            "binary" => Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options),
            "multiclass" => Toy.ML.MulticlassClassification.Trainers.NeuralNetwork(options),
            _ => Toy.ML.Regression.Trainers.NeuralNetwork(options),
        };
    }

    /// <summary>Label, Features and Weight as the task needs them, except that one role is taken by another column.</summary>
    private static IDataView Columns(string task, string? role = null, string? column = null)
    {
        var label = task switch { "binary" => "Boolean", "multiclass" => "Class", _ => "Single" };
        return Toy.ML.Transforms.CopyColumns("Label", Source("Label", label))
            .Append(Toy.ML.Transforms.CopyColumns("Features", Source("Features", "Singles")))
            .Append(Toy.ML.Transforms.CopyColumns("Weight", Source("Weight", "Single")))
            .Append(Toy.ML.Transforms.SelectColumns("Label", "Features", "Weight"))
            .Fit(Table).Transform(Table);

        string Source(string of, string usual) => role == of ? column! : usual;
    }

    private static string Option(string role) => role switch
    {
        "Features" => "FeatureColumnName",
        "Weight" => "ExampleWeightColumnName",
        _ => "LabelColumnName",
    };

    private static Row[] Rows() =>
    [
        .. Enumerable.Range(1, 12).Select(i => new Row
        {
            Single = i, Double = i, Int32 = i % 2, Boolean = i % 2 == 0, Text = i % 3 == 0 ? "a" : "b", ByteKey = (byte)(i % 3),
            Singles = [i, -i], Doubles = [i, -i], Texts = ["x", "y"], AnySize = [i, -i],
        }),
    ];

    private sealed class Row
    {
        public float Single { get; set; }

        public double Double { get; set; }

        public int Int32 { get; set; }

        public bool Boolean { get; set; }

        public string Text { get; set; } = "";

        [KeyType(3)]
        public byte ByteKey { get; set; }

        [VectorType(2)]
        public float[] Singles { get; set; } = [];

        [VectorType(2)]
        public double[] Doubles { get; set; } = [];

        [VectorType(2)]
        public string[] Texts { get; set; } = [];

        public float[] AnySize { get; set; } = [];
    }

    private sealed class Unsized
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class Predicted
    {
        public float Score { get; set; }
    }
}
