// Which customers will leave? Trains a small neural network on customers.csv, reports how good it is on rows that it has not seen, and
// saves it.
using Microsoft.ML;
using MLNet.BatchNorm;

var ml = new MLContext(seed: 1);
IDataView customers = ml.Data.LoadFromTextFile<Customer>("customers.csv", separatorChar: ',', hasHeader: true);
var split = ml.Data.TrainTestSplit(customers, testFraction: 0.2);

// Numbers go in as they are, categories one-hot.
var pipeline = ml.Transforms.Categorical.OneHotEncoding("Plan")
    .Append(ml.Transforms.Concatenate("Features", "Months", "MonthlyFee", "Calls", "Plan"))
    .Append(ml.BinaryClassification.Trainers.NeuralNetwork(labelColumnName: "Left"));
ITransformer model = pipeline.Fit(split.TrainSet);

var metrics = ml.BinaryClassification.Evaluate(model.Transform(split.TestSet), labelColumnName: "Left");
Console.WriteLine($"accuracy {metrics.Accuracy:P1}, area under the ROC curve {metrics.AreaUnderRocCurve:F3}");
ml.Model.Save(model, customers.Schema, "model.zip");

using var engine = ml.Model.CreatePredictionEngine<Customer, Prediction>(model);
var prediction = engine.Predict(new Customer { Months = 3, MonthlyFee = 19, Calls = 5, Plan = "basic" });
Console.WriteLine($"a new customer who has called five times leaves with a probability of {prediction.Probability:P0}");
