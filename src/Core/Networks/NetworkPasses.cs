using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>
/// The way forward through the layers of a network and the way back, with the matrices in between. It serves one thread at a time.
/// </summary>
internal sealed class NetworkPasses
{
    private readonly Layer[] steps;
    private readonly Shape input;
    private readonly AlignedBuffer[] outputs;
    private readonly AlignedBuffer[] gradients = [new(0), new(0)];   // in front of and behind the layer at work
    private readonly int widest;
    private int capacity;
    private int trainedRows;
    private int frozenSteps;

    public NetworkPasses(Layer[] layers, Shape input)
    {
        this.input = input;
        steps = StepsOf(layers);
        outputs = [.. steps.Select(_ => new AlignedBuffer(0))];
        widest = layers.Max(layer => layer.OutputShape.Size);
    }

    /// <summary>
    /// The layers that run: all but each ReLU that the layer in front of it takes into its own passes, and each flatten behind another
    /// layer.
    /// </summary>
    public IReadOnlyList<Layer> Steps => steps;

    /// <summary>Whether it takes sparse rows: where the first layer is dense.</summary>
    public bool TakesSparseRows => steps[0] is DenseLayer;

    /// <summary>From now on so many of the first steps run as in inference, and no gradient goes through them.</summary>
    public void Freeze(int steps) => frozenSteps = steps;

    /// <summary>
    /// Runs rows of inputs through the layers. The outputs belong to the network and hold until the next call. No allocation unless the
    /// batch is the largest so far.
    /// </summary>
    public Span<float> Forward(ReadOnlySpan<float> inputs, int rows, Pass pass)
    {
        if (rows < 1 || inputs.Length != (long)rows * input.Size)
            throw new ArgumentException($"{rows} rows of {input.Size} inputs were expected, got {inputs.Length} values.", nameof(inputs));
        Start(rows, pass);
        return Forward(first: 0, inputs, rows, pass);
    }

    /// <summary>The same, to the last bit, of sparse rows, if it <see cref="TakesSparseRows"/>.</summary>
    public Span<float> Forward(SparseRows inputs, Pass pass)
    {
        Start(inputs.Rows, pass);
        ((DenseLayer)steps[0]).Forward(inputs, OutputOf(0, inputs.Rows));
        return Forward(first: 1, inputs: [], inputs.Rows, pass);
    }

    /// <summary>
    /// Fills the gradients of all parameters that are not frozen and, unless it is empty, of the inputs. Follows a training
    /// <see cref="Forward(ReadOnlySpan{float}, int, Pass)"/> of the same <paramref name="inputs"/>.
    /// </summary>
    public void Backward(ReadOnlySpan<float> inputs, ReadOnlySpan<float> outputGradient, Span<float> inputGradient = default) =>
        Backward(first: 0, inputs, outputGradient, inputGradient);

    /// <summary>
    /// The same, to the last bit, after a <see cref="Forward(SparseRows, Pass)"/>; of the first layer's weights only those of columns with
    /// a value are given a gradient.
    /// </summary>
    public void Backward(SparseRows inputs, ReadOnlySpan<float> outputGradient)
    {
        var dy = Backward(first: 1, inputs: [], outputGradient, inputGradient: []);
        if (frozenSteps == 0)
            ((DenseLayer)steps[0]).Backward(inputs, OutputOf(0, inputs.Rows), dy);
    }

    /// <summary>What a step gave for the rows of the last training pass; empty if there was none, or another pass since.</summary>
    public ReadOnlySpan<float> TrainedOutput(Layer step) => OutputOf(Array.IndexOf(steps, step), trainedRows);

    private Span<float> Forward(int first, ReadOnlySpan<float> inputs, int rows, Pass pass)
    {
        for (var i = first; i < steps.Length; i++)
            steps[i].Forward(InputOf(i, inputs, rows), OutputOf(i, rows), rows, i < frozenSteps ? Pass.Inference : pass);
        return OutputOf(steps.Length - 1, rows);
    }

    /// <summary>Goes back to the step <paramref name="first"/>, or the first that is not frozen.</summary>
    /// <returns>The gradient in front of that step.</returns>
    private ReadOnlySpan<float> Backward(
        int first, ReadOnlySpan<float> inputs, ReadOnlySpan<float> outputGradient, Span<float> inputGradient)
    {
        var rows = trainedRows;
        if (rows == 0)
            throw new InvalidOperationException("A backward pass must follow a forward pass in training.");
        var outputSize = steps[^1].OutputShape.Size;
        if (outputGradient.Length != rows * outputSize)
            throw new ArgumentException(
                $"A gradient for {rows} rows of {outputSize} outputs was expected, got {outputGradient.Length} values.",
                nameof(outputGradient));

        var dy = outputGradient;
        var target = 0;
        var last = inputGradient.IsEmpty ? Math.Max(frozenSteps, FirstThatLearns()) : frozenSteps;
        for (var i = steps.Length - 1; i >= Math.Max(first, last); i--)
        {
            // Memory that was just read is written faster than other memory.
            if (!steps[i].GoesBackInPlace)
                target = 1 - target;
            var dx = i == last ? inputGradient : gradients[target].Span[..(rows * steps[i].InputShape.Size)];
            steps[i].Backward(InputOf(i, inputs, rows), OutputOf(i, rows), dy, dx, rows);
            dy = dx;
        }

        return dy;
    }

    // Layers in front of the first that has parameters, as an encoding of the features, need no gradient.
    private int FirstThatLearns()
    {
        var i = 0;
        while (i < steps.Length - 1 && steps[i].Parameters.Count == 0)
            i++;
        return i;
    }

    // Without a ReLU that the layer in front of it takes in, and without a flatten, which changes nothing in memory.
    private static Layer[] StepsOf(Layer[] layers)
    {
        var steps = new List<Layer>();
        foreach (var layer in layers)
        {
            var isTaken = steps.Count > 0 && (layer.IsReshape || (layer.IsRelu && steps[^1].TakeRelu()));
            if (!isTaken)
                steps.Add(layer);
        }

        return [.. steps];
    }

    private ReadOnlySpan<float> InputOf(int step, ReadOnlySpan<float> inputs, int rows) => step == 0 ? inputs : OutputOf(step - 1, rows);

    private Span<float> OutputOf(int step, int rows) => outputs[step].Span[..(rows * steps[step].OutputShape.Size)];

    private void Start(int rows, Pass pass)
    {
        Reserve(rows);
        trainedRows = pass.Phase == Phase.Training ? rows : 0;
    }

    private void Reserve(int rows)
    {
        if (rows <= capacity)
            return;
        for (var i = 0; i < steps.Length; i++)
            outputs[i] = new AlignedBuffer(checked(rows * steps[i].OutputShape.Size));
        for (var i = 0; i < gradients.Length; i++)
            gradients[i] = new AlignedBuffer(checked(rows * widest));
        capacity = rows;
    }
}
