using Microsoft.ML;

namespace MLNet.BatchNorm.Accuracy;

/// <summary>Tabular data from stated formulas, where the best possible result is known.</summary>
internal static class FormulaTables
{
    private const int TrainingRows = 10_000, TestRows = 10_000;

    private static readonly MLContext ML = new(seed: 1);

    private static readonly (string Name, Func<float[], double> Formula)[] Formulas =
        [("linear formula", FormulaRow.Linear), ("curved formula", FormulaRow.Curved)];

    private static readonly NeuralNetworkOptions Options = new()
    {
        Network = NeuralNetworks.Mlp([64, 32]),
        BatchSize = 64,
        Epochs = 20,
        LabelColumnName = nameof(FormulaRow.IsTrue),
    };

    public static void PrintBinary()
    {
        const string label = nameof(FormulaRow.IsTrue);
        foreach (var (name, formula) in Formulas)
        {
            var (training, test) = Draw(formula);
            double AreaUnderCurve(IDataView scored, string score) =>
                ML.BinaryClassification.EvaluateNonCalibrated(scored, label, score).AreaUnderRocCurve;
            double Evaluate(ITransformer model) => AreaUnderCurve(model.Transform(test), "Score");

            var labelled = ML.Transforms.CustomMapping<FormulaRow, Guess>(
                (row, guess) => guess.PredictedLabel = row.Ideal > 0, contractName: null);
            var best = AreaUnderCurve(labelled.Fit(test).Transform(test), nameof(FormulaRow.Ideal));
            Runs.Head($"Yes or no, {name}", "test AUC");
            Console.WriteLine($"| best possible: the formula itself | {best:F4} | |");
            Runs.Print("NeuralNetwork, Mlp([64, 32])", ml => ml.BinaryClassification.Trainers.NeuralNetwork(Options), training, Evaluate);
            Runs.Print("SdcaLogisticRegression", ml => ml.BinaryClassification.Trainers.SdcaLogisticRegression(label), training, Evaluate);
            Runs.Print(
                "LbfgsLogisticRegression", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(label), training, Evaluate);
            Runs.Print("AveragedPerceptron", ml => ml.BinaryClassification.Trainers.AveragedPerceptron(label), training, Evaluate);
        }
    }

    public static void PrintRegression()
    {
        const string label = nameof(FormulaRow.Number);
        foreach (var (name, formula) in Formulas)
        {
            var (training, test) = Draw(formula);
            double RSquared(IDataView scored, string score) => ML.Regression.Evaluate(scored, label, score).RSquared;
            double Evaluate(ITransformer model) => RSquared(model.Transform(test), "Score");

            var options = Options with { LabelColumnName = label };
            Runs.Head($"A number, {name}", "test R²");
            Console.WriteLine($"| best possible: the formula itself | {RSquared(test, nameof(FormulaRow.Ideal)):F4} | |");
            Runs.Print("NeuralNetwork, Mlp([64, 32])", ml => ml.Regression.Trainers.NeuralNetwork(options), training, Evaluate);
            Runs.Print("Sdca", ml => ml.Regression.Trainers.Sdca(label), training, Evaluate);
            Runs.Print("OnlineGradientDescent", ml => ml.Regression.Trainers.OnlineGradientDescent(label), training, Evaluate);
        }
    }

    private static (IDataView Training, IDataView Test) Draw(Func<float[], double> formula) => (
        ML.Data.LoadFromEnumerable(FormulaRow.Draw(formula, TrainingRows, seed: 1)),
        ML.Data.LoadFromEnumerable(FormulaRow.Draw(formula, TestRows, seed: 2)));

    private sealed class Guess
    {
        public bool PredictedLabel { get; set; }
    }
}
