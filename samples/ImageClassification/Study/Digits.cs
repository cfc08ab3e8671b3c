using ImageClassification.Pictures;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm;

namespace ImageClassification.Study;

/// <summary>A digit as the networks of the study see it: 8x8 pixels from 0 to 1, and the class.</summary>
internal sealed class Digit
{
    [VectorType(64)]
    public float[] Features { get; set; } = [];

    [KeyType(10)]
    public uint Label { get; set; }
}

/// <summary>The digits in memory, and how a network is trained on them. Any number of threads may train at once.</summary>
internal sealed class Digits
{
    public const int Classes = 10;

    private readonly Digit[] training;
    private readonly Digit[] test;

    private Digits(Digit[] training, Digit[] test) => (this.training, this.test) = (training, test);

    public int TrainingCount => training.Length;

    public int TestCount => test.Length;

    public static Digits Read()
    {
        var ml = new MLContext();
        var pictures = DigitsArchive.Read();
        var pixels = ImagePipeline.Pixels(ml, pictures.Format).Fit(PictureRows.Of(ml, pictures.Training));
        return new Digits(Rows(pictures.Training), Rows(pictures.Test));

        Digit[] Rows(IReadOnlyList<LabeledPicture> part)
        {
            Digit[] rows = [.. ml.Data.CreateEnumerable<Digit>(pixels.Transform(PictureRows.Of(ml, part)), reuseRowObject: false)];
            foreach (var row in rows)
                row.Label--;   // ML.NET counts keys from 1 in the objects that it makes, and from 0 in those that it reads
            return rows;
        }
    }

    /// <summary>Trains on the one part and reports after each epoch how well the other is predicted.</summary>
    public NeuralNetworkModelParameters Train(NeuralNetworkOptions options)
    {
        var ml = new MLContext();
        // One thread each: several networks train side by side.
        var withTest = options with { ValidationData = ml.Data.LoadFromEnumerable(test), NumberOfThreads = 1 };
        return ml.MulticlassClassification.Trainers.NeuralNetwork(withTest).Fit(ml.Data.LoadFromEnumerable(training)).Model;
    }

    /// <summary>The share of the test digits that a model gets right.</summary>
    public double Accuracy(NeuralNetworkModelParameters model)
    {
        var probabilities = new float[test.Length * Classes];
        model.Predict(test.SelectMany(digit => digit.Features).ToArray(), probabilities);
        return probabilities.Chunk(Classes).Zip(test).Average(row => row.First.IndexOf(row.First.Max()) == row.Second.Label ? 1.0 : 0);
    }
}
