namespace MLNet.BatchNorm.Core.Layers;

/// <summary>What runs in a training pass: a layer, or two of them at once.</summary>
internal interface ITrainingStep
{
    /// <summary>Name of the layer, of two that of the first.</summary>
    string Name { get; }

    Shape InputShape { get; }

    Shape OutputShape { get; }

    /// <inheritdoc cref="Layer.GoesBackInPlace"/>
    bool GoesBackInPlace { get; }

    void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass);

    /// <inheritdoc cref="Layer.Backward"/>
    void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows);
}
