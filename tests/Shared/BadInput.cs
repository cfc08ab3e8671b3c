using Microsoft.ML;

namespace MLNet.BatchNorm.Tests;

/// <summary>Data that an estimator must refuse.</summary>
/// <param name="Data">The data.</param>
/// <param name="Message">What the message must say, in this order, as wildcards: column, what was expected, what was found.</param>
/// <param name="Option">The option that the estimator must blame; a transformer blames the argument that has the data.</param>
/// <param name="TransformerTakesIt">Whether the transformer does not need the column: a label.</param>
internal sealed record BadInput(IDataView Data, string Message, string Option, bool TransformerTakesIt = false);
