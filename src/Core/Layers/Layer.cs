using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>One layer of a network as it is written down: options only, no numbers that training changes. Immutable.</summary>
/// <example>
/// <code>
/// LayerDefinition layer = new Conv2DDefinition(8) { Stride = 2 };
/// Console.WriteLine(layer.OutputShape(Shape.Image(height: 9, width: 9, channels: 3)));   // 4x4x8
/// NetworkDefinition net = NetworkDefinition.Empty.Add(layer).Relu();
/// </code>
/// </example>
public abstract record LayerDefinition
{
    private protected LayerDefinition()
    {
    }

    /// <summary>Lower-case name of the kind of layer; a network numbers its layers by it: "dense1", "dense2".</summary>
    internal abstract string Kind { get; }

    /// <summary>
    /// Whether the layer in front of it has no bias of its own unless it asks for one, because this one has what does the same.
    /// </summary>
    internal virtual bool ReplacesBias => false;

    /// <summary>How deep blocks are nested in it.</summary>
    internal virtual int Depth => 0;

    /// <summary>The shape of one example behind this layer.</summary>
    /// <param name="input">The shape of one example in front of it.</param>
    /// <returns>The output shape.</returns>
    /// <exception cref="ArgumentException">The layer cannot take this input.</exception>
    public virtual Shape OutputShape(Shape input) => input;

    /// <summary>How many numbers the built layer keeps for good: parameters and running statistics.</summary>
    internal virtual long StateSize(Shape input) => 0;

    /// <summary>How many parameters the built layer has besides that no file holds, because training does not change them.</summary>
    internal virtual long ImpliedSize(Shape input) => 0;

    /// <summary>How many values the inference of one row needs besides what goes in and comes out, if it may be more than those.</summary>
    internal virtual long ScratchSize(Shape input) => 0;

    /// <summary>
    /// The layer as it will be built in front of <paramref name="next"/> (null: it is the last) in a network whose weights start like
    /// <paramref name="initializer"/>: options left to the network are settled here.
    /// </summary>
    internal virtual LayerDefinition Settle(LayerDefinition? next, Initializer initializer) => this;

    /// <summary>The layer with its batch normalization, if it has any, frozen so far and no further.</summary>
    internal virtual LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) => this;

    /// <summary>The same layer, with options that make a training pass give what inference gives.</summary>
    internal virtual LayerDefinition AsInInference() => this;

    /// <summary>The layer itself, with its parameters at their first values.</summary>
    internal abstract Layer Build(LayerSite site);
}

/// <summary>Where in a network a layer is built.</summary>
/// <param name="Index">Position, from 0.</param>
/// <param name="Name">Name in tables and errors, as "dense2".</param>
/// <param name="Input">Shape of one example in front of the layer.</param>
/// <param name="Output">Shape of one example behind it.</param>
/// <param name="Random">For initial weights, the layer's own stream; null where they are to be replaced, and stay 0 until then.</param>
internal readonly record struct LayerSite(int Index, string Name, Shape Input, Shape Output, CounterRandom? Random);

/// <summary>What is left of a layer for prediction: y from x for any number of rows. Safe for concurrent use.</summary>
internal delegate void InferenceStep(ReadOnlySpan<float> x, Span<float> y, int rows);

/// <summary>What is left of a dense layer for prediction from sparse rows. Safe for concurrent use.</summary>
internal delegate void SparseInferenceStep(SparseRows x, Span<float> y);

/// <summary>
/// A layer of a network that trains. x and y are the matrices in front of and behind it, one example per row; they belong to the network,
/// which hands the same ones to <see cref="Backward"/> if the layer reads them there, else perhaps empty ones. A layer keeps only what
/// cannot be had from them.
/// </summary>
internal abstract class Layer(LayerSite site) : ITrainingStep
{
    public string Name { get; } = site.Name;

    public Shape InputShape { get; } = site.Input;

    public Shape OutputShape { get; } = site.Output;

    /// <summary>What the optimizer changes.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary><see cref="Parameters"/> and those that are frozen: what is saved and copied.</summary>
    public virtual IReadOnlyList<Parameter> SavedParameters => Parameters;

    /// <summary>About how many float operations the inference of one row is, in the unit of <see cref="BlockRunner"/>.</summary>
    public virtual long Operations => 16L * OutputShape.Size;

    /// <summary>The layers inside it, in the order of <see cref="Parameters"/>; none but in a block.</summary>
    public virtual IEnumerable<Layer> InnerLayers => [];

    /// <summary>Whether it is a ReLU, which the layer in front of it may take into its own passes.</summary>
    public virtual bool IsRelu => false;

    /// <summary>Whether y is x in every pass, value by value, so that nothing has to run.</summary>
    public virtual bool IsReshape => false;

    /// <summary>
    /// Whether dx may be dy: where an element of dx needs no other element of dy, but for sums that are taken before.
    /// </summary>
    public virtual bool GoesBackInPlace => false;

    /// <summary>Whether <see cref="Backward"/> reads x.</summary>
    public virtual bool ReadsInput => true;

    /// <summary>Whether <see cref="Backward"/> reads y.</summary>
    public virtual bool ReadsOutput => false;

    /// <summary>How many values it keeps itself for each row of a training batch.</summary>
    public virtual long KeptValues => 0;

    public abstract void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass);

    /// <summary>
    /// Overwrites the gradients of <see cref="Parameters"/> and, unless it is empty, <paramref name="dx"/>. Follows a training forward.
    /// </summary>
    public abstract void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows);

    /// <summary>A copy for inference that later training does not touch, or null if the layer does nothing then.</summary>
    public abstract InferenceStep? ForInference();

    /// <summary>
    /// Takes the ReLU behind it into its own passes from now on: y is what that ReLU gave, and dy the gradient behind it. False if it
    /// cannot.
    /// </summary>
    public virtual bool TakeRelu() => false;

    /// <summary>
    /// What does in training, to the same bits, what this layer and the next one do, without the matrix between them, from this one's x to
    /// the next one's y and back, both of which it reads there; null: nothing.
    /// </summary>
    public virtual ITrainingStep? JoinedWith(Layer next) => null;

    /// <summary>The layer in inference as one affine map per channel, or null if it is not one.</summary>
    public virtual ChannelAffine? InferenceAffine() => null;

    /// <summary>
    /// A copy for inference of this layer with the affine map behind it, if there is one, and with the ReLU behind that, if there is one,
    /// in one pass; null if it cannot take them in.
    /// </summary>
    public virtual InferenceStep? ForInferenceWith(ChannelAffine? affine, bool relu) => null;

    /// <summary>Takes over all numbers of a layer of the same kind and shape.</summary>
    public virtual void CopyFrom(Layer trained)
    {
        foreach (var (to, from) in SavedParameters.Zip(trained.SavedParameters))
            from.Value.CopyTo(to.Value);
    }
}
