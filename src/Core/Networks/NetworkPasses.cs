using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>
/// The way forward through the layers of a network and the way back, with the matrices in between: those that the way back reads are kept
/// for it, all others last until the step after the next. It serves one thread at a time.
/// </summary>
internal sealed class NetworkPasses
{
    private readonly Layer[] steps;
    private readonly ITrainingStep?[] joints;   // of a step and the next one
    private readonly Shape input;
    private readonly AlignedBuffer[] kept;   // outputs of training passes
    private readonly int widest;
    private Workspace workspace = new();   // in front of and behind the layer at work
    private bool keepsOutputs;
    private int capacity;
    private int trainedRows;

    public NetworkPasses(Layer[] layers, Shape input)
    {
        this.input = input;
        steps = NetworkSteps.Of(layers);
        joints = NetworkSteps.JointsOf(steps);
        kept = [.. steps.Select(_ => new AlignedBuffer(0))];
        widest = layers.Max(layer => layer.OutputShape.Size);
        WorkIn(workspace);
    }

    /// <summary>
    /// The layers that run: all but each ReLU that the layer in front of it takes into its own passes, and each flatten behind another
    /// layer.
    /// </summary>
    public IReadOnlyList<Layer> Steps => steps;

    /// <summary>What runs in training: the steps, some of them two at once.</summary>
    public IEnumerable<ITrainingStep> TrainingSteps
    {
        get
        {
            for (int first = 0, last; first < steps.Length; first = last + 1)
            {
                (var step, last) = TrainingFrom(first);
                yield return step;
            }
        }
    }

    /// <summary>Whether it takes sparse rows: where the first layer is dense.</summary>
    public bool TakesSparseRows => steps[0] is DenseLayer;

    /// <summary>How many of the first steps run as in inference, so that no gradient goes through them.</summary>
    public int FrozenSteps { get; private set; }

    /// <summary>Values for one row of a batch that the pass at work needs, whatever it is for.</summary>
    public long WorkspaceValues => workspace.ValuesPerRow;

    /// <summary>From now on so many of the first steps run as in inference, and no gradient goes through them.</summary>
    public void Freeze(int steps)
    {
        FrozenSteps = steps;
        ForgetOutputs();
    }

    /// <summary>From now on the outputs of all steps that are not frozen are kept for <see cref="TrainedOutput"/>.</summary>
    public void KeepOutputs()
    {
        keepsOutputs = true;
        ForgetOutputs();
    }

    /// <summary>Takes its memory, but for what it keeps, from a workspace that others may have when it does not run.</summary>
    public void WorkIn(Workspace shared)
    {
        workspace = shared;
        workspace.Widen(widest);
        foreach (var block in steps.OfType<BlockLayer>())
            for (var part = 0; part < block.Parts.Count; part++)
                block.Parts[part].Passes.WorkIn(shared.OfPart(part));
    }

    /// <summary>
    /// Values for one row of a batch that are kept from the way forward to the way back: those that a step gives and, for a step that is
    /// not frozen, those that it keeps itself.
    /// </summary>
    /// <param name="step">One of <see cref="Steps"/>.</param>
    /// <param name="frozen">How many of the first steps are frozen.</param>
    public long KeptValues(Layer step, int frozen)
    {
        var i = Array.IndexOf(steps, step);
        return (IsRead(i, frozen) ? step.OutputShape.Size : 0) + (i < frozen ? 0 : step.KeptValues);
    }

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
        var y = Target(0, inputs.Rows, pass);
        ((DenseLayer)steps[0]).Forward(inputs, y);
        return steps.Length == 1 ? y : Forward(first: 1, y, inputs.Rows, pass);
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
        if (FrozenSteps == 0)
            ((DenseLayer)steps[0]).Backward(inputs, Kept(0, inputs.Rows), dy);
    }

    /// <summary>
    /// What a step gave for the rows of the last training pass; empty if there was none, or another pass since, or if it is not kept.
    /// </summary>
    public ReadOnlySpan<float> TrainedOutput(Layer step)
    {
        var i = Array.IndexOf(steps, step);
        return i < FrozenSteps ? [] : Kept(i, trainedRows);
    }

    private Span<float> Forward(int first, ReadOnlySpan<float> x, int rows, Pass pass)
    {
        Span<float> y = [];
        for (var last = first; first < steps.Length; first = last + 1)
        {
            (var step, last) = pass.Phase == Phase.Training ? TrainingFrom(first) : (steps[first], first);
            y = Target(last, rows, pass);
            step.Forward(x, y, rows, last < FrozenSteps ? Pass.Inference : pass);
            x = y;
        }

        return y;
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
        var earliest = inputGradient.IsEmpty ? Math.Max(FrozenSteps, NetworkSteps.FirstThatLearns(steps)) : FrozenSteps;
        var end = Math.Max(first, earliest);
        for (int i = steps.Length - 1, start; i >= end; i = start - 1)
        {
            start = i > end && Joint(i - 1, FrozenSteps) is not null ? i - 1 : i;
            var (step, _) = TrainingFrom(start);

            // Memory that was just read is written faster than other memory.
            if (!step.GoesBackInPlace)
                target = 1 - target;
            var dx = start == earliest ? inputGradient : workspace.Rows(target, rows, step.InputShape.Size);
            step.Backward(start == 0 ? inputs : Kept(start - 1, rows), Kept(i, rows), dy, dx, rows);
            dy = dx;
        }

        return dy;
    }

    // Whether the way back reads what a step gives.
    private bool IsRead(int step, int frozen)
    {
        var next = step + 1;
        return (step >= frozen && steps[step].ReadsOutput)
            || (next < steps.Length && next >= frozen && steps[next].ReadsInput && Joint(step, frozen) is null);
    }

    // What trains a step, and the last step that it trains.
    private (ITrainingStep Training, int Last) TrainingFrom(int step) =>
        Joint(step, FrozenSteps) is { } joint ? (joint, step + 1) : (steps[step], step);

    // What runs a step and the next one at once, unless somebody wants what lies between them.
    private ITrainingStep? Joint(int step, int frozen) => keepsOutputs || step < frozen ? null : joints[step];

    private bool IsKept(int step) => (keepsOutputs && step >= FrozenSteps) || IsRead(step, FrozenSteps);

    private Span<float> Kept(int step, int rows) => IsKept(step) ? kept[step].Span[..(rows * steps[step].OutputShape.Size)] : [];

    // Steps take turns with the two buffers of the workspace, so that none writes where it reads.
    private Span<float> Target(int step, int rows, Pass pass) => pass.Phase == Phase.Training && IsKept(step)
        ? Kept(step, rows)
        : workspace.Rows(step % 2, rows, steps[step].OutputShape.Size);

    private void Start(int rows, Pass pass)
    {
        trainedRows = pass.Phase == Phase.Training ? rows : 0;
        if (trainedRows > capacity)
            Reserve(trainedRows);
    }

    private void Reserve(int rows)
    {
        for (var i = 0; i < steps.Length; i++)
            if (IsKept(i))
                kept[i] = new AlignedBuffer(checked(rows * steps[i].OutputShape.Size));
        capacity = rows;
    }

    private void ForgetOutputs()
    {
        Array.Fill(kept, new AlignedBuffer(0));
        (capacity, trainedRows) = (0, 0);
    }
}
