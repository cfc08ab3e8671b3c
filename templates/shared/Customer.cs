using Microsoft.ML.Data;

/// <summary>A line of customers.csv.</summary>
public sealed class Customer
{
    [LoadColumn(0)] public float Months { get; set; }

    [LoadColumn(1)] public float MonthlyFee { get; set; }

    [LoadColumn(2)] public float Calls { get; set; }

    [LoadColumn(3)] public string Plan { get; set; } = "";

    [LoadColumn(4)] public bool Left { get; set; }
}

/// <summary>What the model says of a customer.</summary>
public sealed class Prediction
{
    public bool PredictedLabel { get; set; }

    public float Probability { get; set; }
}
