using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class OptimizerPayloadTests
{
    private static readonly Network Network = Some.SmallNetwork();

    // The names in files of all versions, whatever the classes are called.
    public static TheoryData<Optimizer, string> Names => new()
    {
        { new Sgd(), "Sgd" },
        { new Adagrad(), "Adagrad" },
        { new RmsProp(), "RmsProp" },
        { new Adam(), "Adam" },
        { new AdamW(), "AdamW" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_Rule_HasTheNameOfTheFormat(Optimizer optimizer, string name)
    {
        var state = OptimizerState.Of(optimizer.Over(Network.TrainableParameters));

        Saved.Reader(writer => OptimizerPayload.Write(state, writer)).ReadString().Should().Be(name);
    }

    [Fact]
    public void Names_HoldForEveryOptimizer() =>
        typeof(Optimizer).Assembly.GetTypes().Count(type => type.IsSubclassOf(typeof(Optimizer))).Should().Be(Names.Count);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var rule = new Adam().Over(Network.TrainableParameters);
        rule.Step(0.1f);
        rule.Slots[1][0].Span[3] = 7;
        var state = OptimizerState.Of(rule);

        var reader = Saved.Reader(writer => OptimizerPayload.Write(state, writer));

        OptimizerPayload.Read(reader, Network.TrainableParameters).Should().BeEquivalentTo(state, options => options.WithStrictOrdering());
        reader.Left.Should().Be(0);
    }

    [Fact]
    public void Read_WhatDoesNotFitTheNetwork_SaysWhy()
    {
        var state = OptimizerState.Of(new Sgd().Over(Network.TrainableParameters));
        var (slot, length) = (state.Slots[0], Network.TrainableParameters[0].Length);
        Action Reading(OptimizerState forged) => () =>
            OptimizerPayload.Read(Saved.Reader(writer => OptimizerPayload.Write(forged, writer)), Network.TrainableParameters);

        Reading(state).Should().NotThrow();
        Reading(state with { Steps = -1 }).Should().Throw<ModelFormatException>().WithMessage("*counts -1 steps*");
        Reading(state with { Slots = [slot[1..]] }).Should().NotThrow();   // the first layers may have been frozen
        Reading(state with { Slots = [[slot[0], .. slot]] }).Should().Throw<ModelFormatException>()
            .WithMessage($"*remembers {slot.Length + 1} parameters where the network has {slot.Length}.");
        Reading(state with { Slots = [[slot[0][1..], .. slot[1..]]] }).Should().Throw<ModelFormatException>()
            .WithMessage($"*{length - 1} elements where {length} are needed*");
    }
}
