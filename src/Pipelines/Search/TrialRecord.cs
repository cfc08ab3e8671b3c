using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML;
using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>What a part of a trial came to.</summary>
/// <param name="Epochs">Trained up to its end; with folds, in the first one.</param>
/// <param name="Metric">Null: it failed.</param>
/// <param name="Deviation">Over the folds; null: there are none, or it failed.</param>
/// <param name="Seconds">That the part took.</param>
/// <param name="IsOver">Whether nothing is left to train, as early stopping has ended the training.</param>
/// <param name="Failure">Why it failed; null: it did not.</param>
internal sealed record TrialPart(int Epochs, double? Metric, double? Deviation, double Seconds, bool IsOver, string? Failure);

/// <summary>A trial as its file has it.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Values">What was asked for, as text.</param>
/// <param name="Parts">Those that are done.</param>
/// <param name="Seed">Of the training.</param>
/// <param name="Search">The search that it belongs to, by what must be the same.</param>
/// <param name="Options">Those of the training.</param>
/// <param name="Versions">Of what it was made with.</param>
internal sealed record TrialRecord(
    int Trial, OrderedDictionary<string, string> Values, IReadOnlyList<TrialPart> Parts, int? Seed,
    OrderedDictionary<string, string> Search, OrderedDictionary<string, string> Options, OrderedDictionary<string, string> Versions)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static OrderedDictionary<string, string> VersionsHere { get; } = new()
    {
        ["MLNet.BatchNorm"] = VersionOf(typeof(Network)),
        ["Microsoft.ML"] = VersionOf(typeof(MLContext)),
        [".NET"] = RuntimeInformation.FrameworkDescription,
    };

    /// <summary>A trial of which no part is done.</summary>
    /// <param name="trial">Its values and options.</param>
    /// <param name="search">The search that it belongs to, by what must be the same.</param>
    public static TrialRecord Of(AskedTrial trial, IEnumerable<OptionValue> search) => new(
        trial.Number,
        Texts(trial.Values.Select(value => new OptionValue(value.Key, SearchTrial.TextOf(value.Value)))),
        [],
        trial.Options.Seed,
        Texts(search),
        Texts(OptionsOf(trial.Options)),
        VersionsHere);

    /// <exception cref="JsonException">It is no trial.</exception>
    public static TrialRecord Read(Stream stream) =>
        JsonSerializer.Deserialize<TrialRecord>(stream, Json) is { } read && (read.Values, read.Parts, read.Search, read.Options) is
            (not null, not null, not null, not null)
            ? read
            : throw new JsonException("It is no trial.");

    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, Json);

    /// <summary>What makes this another trial than one that was saved, with both values; null: nothing does.</summary>
    public string? DifferenceTo(TrialRecord saved) =>
        Difference(saved.Search, Search) ?? Difference(saved.Values, Values) ?? Difference(saved.Options, Options);

    private static string? Difference(OrderedDictionary<string, string> saved, OrderedDictionary<string, string> now)
    {
        var name = saved.Keys.Union(now.Keys).FirstOrDefault(name => saved.GetValueOrDefault(name) != now.GetValueOrDefault(name));
        return name is null ? null : $"{name} is {Of(saved, name)} there and {Of(now, name)} here";

        static string Of(OrderedDictionary<string, string> texts, string name) => texts.GetValueOrDefault(name, "none");
    }

    // What is no value cannot be compared: functions, data and pretrained networks. What changes nothing that is learned need not be.
    private static IEnumerable<OptionValue> OptionsOf(NeuralNetworkOptions options) =>
    [
        .. from option in typeof(NeuralNetworkOptions).GetProperties()
           where option.Name is not (nameof(options.NumberOfThreads) or nameof(options.BatchProgressEvery))
               && !option.PropertyType.IsAssignableTo(typeof(Delegate))
               && option.PropertyType != typeof(IDataView)
               && option.PropertyType != typeof(Network)
               && option.PropertyType != typeof(CancellationToken)
           let value = option.GetValue(options)
           from text in OptionValue.Of(option.Name, value is RegressionLoss or ClassWeights ? value.ToString() : value)
           select text,
        .. LayersOf(options).SelectMany((layer, i) => OptionValue.Of($"{nameof(options.Network)}[{i}]", layer)),
    ];

    private static IEnumerable<LayerDefinition> LayersOf(NeuralNetworkOptions options) =>
        options.Network?.Invoke(NetworkDefinition.Empty)?.Layers ?? [];

    private static OrderedDictionary<string, string> Texts(IEnumerable<OptionValue> options) =>
        new(options.Select(option => KeyValuePair.Create(option.Name, option.Value)));

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
