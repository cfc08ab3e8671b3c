// Which customers will leave? Answers POST /predict with a small neural network, which is trained on customers.csv if there is no
// model.zip yet.
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;
using MLNet.BatchNorm;

const string modelPath = "model.zip";
if (!File.Exists(modelPath))
    Train(modelPath);

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(new DefaultObjectPoolProvider().Create(new EnginePolicy(modelPath)));
var app = builder.Build();
app.MapPost("/predict", (Customer customer, ObjectPool<PredictionEngine<Customer, Prediction>> engines) =>
{
    var engine = engines.Get();
    try
    {
        return engine.Predict(customer);
    }
    finally
    {
        engines.Return(engine);
    }
});
app.Run();

static void Train(string modelPath)
{
    var ml = new MLContext(seed: 1);
    IDataView customers = ml.Data.LoadFromTextFile<Customer>("customers.csv", separatorChar: ',', hasHeader: true);
    var pipeline = ml.Transforms.Categorical.OneHotEncoding("Plan")
        .Append(ml.Transforms.Concatenate("Features", "Months", "MonthlyFee", "Calls", "Plan"))
        .Append(ml.BinaryClassification.Trainers.NeuralNetwork(labelColumnName: "Left"));
    ml.Model.Save(pipeline.Fit(customers), customers.Schema, modelPath);
}

/// <summary>An engine serves one request at a time; all share the model.</summary>
internal sealed class EnginePolicy(string modelPath) : PooledObjectPolicy<PredictionEngine<Customer, Prediction>>
{
    private readonly MLContext ml = new();
    private readonly ITransformer model = new MLContext().Model.Load(modelPath, out _);

    public override PredictionEngine<Customer, Prediction> Create() =>
        ml.Model.CreatePredictionEngine<Customer, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });

    public override bool Return(PredictionEngine<Customer, Prediction> engine) => true;
}
