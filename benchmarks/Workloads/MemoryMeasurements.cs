using System.Diagnostics;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>The memory of a process that trains ResNet-18 on pictures of 224x224 pixels, beside what is computed for it.</summary>
internal static class MemoryMeasurements
{
    private const int Classes = 1000, Steps = 2;
    private static readonly Shape Picture = Shape.Image(224, 224, 3);

    public static void Print(int batch)
    {
        Console.WriteLine("| what learns | batch | computed, MB | peak working set, MB | step, s |");
        Console.WriteLine("|---|---|---|---|---|");
        // Upwards, because the peak of a process never falls.
        PrintSteps(batch, "the head, the rest frozen", freezeThrough: "globalpool1");
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        PrintSteps(batch, "all layers", freezeThrough: null);
    }

    private static void PrintSteps(int batch, string what, string? freezeThrough)
    {
        var network = new Network(NeuralNetworks.ResNet18()(NetworkDefinition.Empty).Dense(Classes), Picture, seed: 1);
        if (freezeThrough is not null)
            network.FreezeThrough(freezeThrough);
        var optimizer = new Adam();
        var (loss, rule) = (new SoftmaxCrossEntropy(), optimizer.Over(network.TrainableParameters));
        var pictures = Aligned.Copy(PeerData.Uniform(batch * Picture.Size, PeerData.Examples));
        var labels = PeerData.Classes(batch, Classes);
        var gradient = new AlignedBuffer(batch * Classes);
        var seconds = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            var start = Stopwatch.GetTimestamp();
            var outputs = network.Forward(pictures.Span, batch, Pass.Training(default));
            loss.Evaluate(outputs, labels, [], gradient.Span);
            network.Backward(pictures.Span, gradient.Span);
            rule.Step(optimizer.LearningRate);
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        var computed = network.TrainingBytes(batch) + (network.ParameterCount * optimizer.StateBytes);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"| {what} | {batch} | {computed / 1e6:N0} | {process.PeakWorkingSet64 / 1e6:N0} | {seconds:N2} |");
    }
}
