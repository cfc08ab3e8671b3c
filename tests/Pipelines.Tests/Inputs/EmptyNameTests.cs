using System.Reflection;
using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Names of columns, layers and files that are empty: refused where they are set, by the option.</summary>
public class EmptyNameTests
{
    public static TheoryData<Type, string> Options
    {
        get
        {
            Type[] types =
            [
                typeof(NeuralNetworkOptions), typeof(NeuralNetworkSearchOptions), typeof(BatchNormalizationOptions),
                typeof(CheckpointOptions),
            ];
            var data = new TheoryData<Type, string>();
            foreach (var option in types.SelectMany(type => type.GetProperties()))
                if (option.PropertyType == typeof(string) && option.SetMethod is { IsPublic: true })
                    data.Add(option.ReflectedType!, option.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Set_Empty_NamesTheOption(Type type, string name)
    {
        var options = type == typeof(CheckpointOptions) ? new CheckpointOptions("file") : Activator.CreateInstance(type);
        var set = () => type.GetProperty(name)!.SetValue(options, "");

        set.Should().Throw<TargetInvocationException>().WithInnerException<ArgumentException>().WithParameterName(name)
            .WithMessage($"{name} must not be empty.*");
    }

    [Fact]
    public void ShortForms_Empty_NameTheOption()
    {
        var label = () => Toy.ML.Regression.Trainers.NeuralNetwork("");
        var features = () => Toy.ML.Regression.Trainers.NeuralNetwork(featureColumnName: "");
        var weights = () => Toy.ML.Regression.Trainers.NeuralNetwork(exampleWeightColumnName: "");

        label.Should().Throw<ArgumentException>().WithParameterName("LabelColumnName");
        features.Should().Throw<ArgumentException>().WithParameterName("FeatureColumnName");
        weights.Should().Throw<ArgumentException>().WithParameterName("ExampleWeightColumnName");
    }
}
