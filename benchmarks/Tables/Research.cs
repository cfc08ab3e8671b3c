namespace MLNet.BatchNorm.Tables;

internal static class Research
{
    private static readonly string? Only = Environment.GetEnvironmentVariable("ONLY");

    public static bool Runs(string name) => Only is null || Only.Split(',').Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    public static IEnumerable<(string Name, NeuralNetworkOptions Options)> Variants
    {
        get
        {
            var spec = Environment.GetEnvironmentVariable("SPEC");
            if (spec is null)
                yield break;
            foreach (var line in spec.Split(';'))
            {
                var d = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);
                string S(string k, string f) => d.GetValueOrDefault(k, f);
                int I(string k, int f) => d.TryGetValue(k, out var v) ? int.Parse(v) : f;
                float F(string k, float f) => d.TryGetValue(k, out var v) ? float.Parse(v, System.Globalization.CultureInfo.InvariantCulture) : f;
                var widths = S("w", "64").Split('-').Select(int.Parse).ToArray();
                NetworkDefinition Net(NetworkDefinition net)
                {
                    if (I("bins", 0) > 0)
                        net = net.Add(new FeatureEncodingDefinition { Bins = I("bins", 0) });
                    foreach (var w in widths)
                    {
                        net = net.Dense(w);
                        if (S("bn", "1") == "1")
                            net = net.BatchNorm();
                        net = S("act", "relu") switch { "gelu" => net.Gelu(), "silu" => net.Silu(), _ => net.Relu() };
                        if (F("drop", 0) > 0)
                            net = net.Dropout(F("drop", 0));
                    }

                    return net;
                }

                var lr = F("lr", 0.004f);
                yield return (line, new NeuralNetworkOptions
                {
                    Network = Net,
                    Optimizer = F("wd", 0.01f) is var wd && S("opt", "adamw") == "adam" ? new Adam { LearningRate = lr } : new AdamW { LearningRate = lr, WeightDecay = wd, Beta2 = F("b2", 0.999f) },
                    Schedule = S("sched", "one") switch { "cos" => new CosineSchedule(), "const" => new ConstantSchedule(), _ => new OneCycleSchedule() },
                    Epochs = I("e", 20),
                    BatchSize = I("b", 256),
                    LabelSmoothing = F("ls", 0),
                    NormalizeFeatures = I("norm", 1) == 1,
                    PreciseStatisticsRows = I("ps", 0) is var ps and > 0 ? ps : null,
                });
            }
        }
    }
}
