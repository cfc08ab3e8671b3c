using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>What the report says, beside how it looks.</summary>
public sealed partial class SampleReportFiguresTests(TrainedSample trained) : IClassFixture<TrainedSample>
{
    private const double Rounding = 0.0005;   // of a share in percent with one decimal

    private ReportPage Report => ReportPage.Read(trained.ReportPath);

    [Fact]
    public void HowItWasTrained_AfterTraining_HasWhatARepetitionNeeds()
    {
        var facts = Report.FactsOf("How it was trained");

        facts.Should().Contain(new Dictionary<string, string>
        {
            ["seed"] = "1",
            ["epochs"] = "30 of 30 (Completed)",
            ["batch size"] = "32",
            ["network"] = "cnn",
            ["optimizer"] = "Adam, LearningRate = 0.01",
            ["largest learning rate"] = "0.01",
            ["pictures"] = "32 of 8 x 8 pixels, gray; 10 % of them for validation",
            ["threads"] = $"{Environment.ProcessorCount}",
        });
        facts["arguments"].Should().ContainAll("--gray", "--epochs 30", trained.Pictures);
        facts["versions"].Should().MatchRegex(@"MLNet\.BatchNorm \d.*ML\.NET \d.*\.NET \d");
        DateTimeOffset.Parse(facts["date"]).Should().BeWithin(TimeSpan.FromHours(1)).Before(DateTimeOffset.Now);
        facts["duration"].Should().MatchRegex(@"^\d+\.\d s$");
        facts.Should().ContainKey("machine");
    }

    [Fact]
    public void HowItWasTrained_OfALoadedModel_HasWhatTheFileTellsAndNoSeed()
    {
        var facts = EvaluatedWithAMistake("loaded").FactsOf("How it was trained");

        facts.Should().Contain("epochs", "30 of 30 (Completed)").And.ContainKeys("best epoch", "largest learning rate", "versions")
            .And.NotContainKeys("seed", "batch size");
    }

    [Fact]
    public void Intervals_OfEveryAccuracy_AreWilsons()
    {
        var path = trained.InFolder("intervals.html");
        var report = EvaluatedWithAMistake("intervals");

        var card = MicroAccuracy().Match(File.ReadAllText(path)).Groups;
        ShouldBeWilsons(40 / 41.0, 41, card[1].Value);
        var rows = report.RowsOf("Confusion matrix");
        rows.Should().HaveCount(2);
        foreach (var row in rows)
            ShouldBeWilsons(Share(row[4]), int.Parse(row[1]), row[5]);
        // The one that is wrong was predicted as a one: 20 of 21 of those are.
        rows[1][2].Should().Be($"{20 / 21.0:P1}");
        ShouldBeWilsons(20 / 21.0, 21, rows[1][3]);
    }

    [Fact]
    public void ConfusedPairs_OneMistake_IsNamedWithItsShare() =>
        EvaluatedWithAMistake("pairs").RowsOf("Confused pairs").Should().ContainSingle()
            .Which.Should().Equal("0", "1", "1", $"{1 / 21.0:P1}");

    [Fact]
    public void Tables_HaveAHeaderOnEveryColumn()
    {
        var tables = EvaluatedWithAMistake("headers").Tables;

        tables.Count.Should().BeGreaterThan(6);
        tables.Should().OnlyContain(table => ReportPage.HasHeaders(table));
    }

    [Fact]
    public void Hints_OfEveryEpoch_AreTheFiguresOfTheTraining()
    {
        var (losses, accuracies) = (Report.HintsOf("Loss"), Report.HintsOf("Accuracy"));

        losses.Select(hint => hint["epoch"]).Should().Equal(Enumerable.Range(1, 30).Select(epoch => (double)epoch));
        foreach (Match printed in PrintedEpoch().Matches(trained.Training.Output))
        {
            var epoch = int.Parse(printed.Groups[1].Value);
            var loss = losses[epoch - 1]["training"];
            loss.Should().BeApproximately(ReportPage.Number(printed.Groups[2].Value), 1e-4 + 1e-3 * loss);
            accuracies[epoch - 1]["training"].Should().BeApproximately(ReportPage.Number(printed.Groups[3].Value), 0.1);
            accuracies[epoch - 1]["validation"].Should().BeApproximately(ReportPage.Number(printed.Groups[4].Value), 0.1);
        }
    }

    [Fact]
    public void LossChart_IsLogarithmic()
    {
        var heights = Report.LineOf("Loss", line: 0).Select(point => point.Y).ToArray();
        var logarithms = Report.HintsOf("Loss").Select(hint => Math.Log(hint["training"])).ToArray();

        var (low, high) = (Array.IndexOf(logarithms, logarithms.Min()), Array.IndexOf(logarithms, logarithms.Max()));
        var slope = (heights[high] - heights[low]) / (logarithms[high] - logarithms[low]);
        slope.Should().BeNegative("a larger loss stands higher, nearer to 0");
        for (var i = 0; i < heights.Length; i++)
            heights[i].Should().BeApproximately(heights[low] + slope * (logarithms[i] - logarithms[low]), 0.2);
    }

    [Theory]
    [InlineData("Loss")]
    [InlineData("Accuracy")]
    [InlineData("Learning rate")]
    public void BestEpoch_IsMarkedWhereTheValidationLossIsLowest(string chart)
    {
        var best = Report.HintsOf("Loss").MinBy(hint => hint["validation"])!["epoch"];

        var elements = Report.Chart(chart).Descendants().ToArray();

        elements.Should().Contain(element => element.Value == $"best epoch: {best}");
        var mark = elements.First(element => (string?)element.Attribute("class") == "mark").Attribute("d")!.Value;
        ReportPage.Number(mark[1..mark.IndexOf(' ')]).Should().Be(Report.LineOf(chart, line: 0)[(int)best - 1].X);
    }

    [Fact]
    public void LearningRateChart_FollowsTheSchedule()
    {
        var rates = Report.HintsOf("Learning rate").Select(hint => hint["learning rate"]).ToArray();

        rates.Should().HaveCount(30);
        rates.Max().Should().BeApproximately(0.01, 1e-4);
        rates[..5].Should().BeInAscendingOrder();
        rates[^5..].Should().BeInDescendingOrder();
    }

    [Fact]
    public void FiguresAsATable_HaveEveryEpoch() =>
        Report.RowsOf("Learning curves").Select(row => row[0]).Should().Equal(Enumerable.Range(1, 30).Select(epoch => $"{epoch}"));

    [Fact]
    public void Saliency_OfAMistakeInColour_IsTheSlopeOfTheScores()
    {
        var model = trained.InFolder("colour.zip");
        var reportPath = trained.InFolder("colour.html");
        SampleProcess.Run("--images", trained.Pictures, "--size", "8", "--epochs", "3", "--out", model).ExitCode.Should().Be(0);
        // One picture in both classes: it is a mistake in one of them.
        var pictures = trained.MakeClasses("twice", "0", "1");
        var twice = Path.Combine(pictures, "0", "twice.png");
        File.Copy(Directory.GetFiles(Path.Combine(pictures, "1")).Order().First(), twice);
        File.Copy(twice, Path.Combine(pictures, "1", "twice.png"));

        SampleProcess.Run("evaluate", model, "--images", pictures, "--report", reportPath).ExitCode.Should().Be(0);

        var content = SaliencyOfTwice().Match(File.ReadAllText(reportPath)).Groups[1].Value;
        using var saliency = MLImage.CreateFromStream(new MemoryStream(Convert.FromBase64String(content)));
        (saliency.Width, saliency.Height).Should().Be((8, 8));
        byte[] blues = [.. saliency.Pixels.ToArray().Chunk(saliency.BitsPerPixel / 8).Select(pixel => pixel[0])];   // of gray pixels
        var slopes = SlopesOfScores(model, twice);
        // Where the step crosses the kink of a ReLU the differences err: at few pixels.
        var errors = blues.Zip(slopes, (blue, slope) => Math.Abs(blue - 255 * slope / slopes.Max()));
        errors.Count(error => error < 4).Should().BeGreaterThan(54);
    }

    // The largest of the channels, by differences of the score of one class against that of the other.
    private static double[] SlopesOfScores(string modelPath, string picture)
    {
        const float step = 2e-3f;
        var ml = new MLContext();
        var loaded = (IEnumerable<ITransformer>)ml.Model.Load(modelPath, out _);
        var model = loaded.OfType<NeuralNetworkPredictionTransformer>().Single().Model;
        var row = ((ITransformer)loaded).Transform(ml.Data.LoadFromEnumerable([new { ImagePath = picture, Label = "" }]))
            .GetColumn<float[]>("Features").Single();
        var pixels = model.InputShape.Pixels;
        return [.. Enumerable.Range(0, pixels).Select(pixel => Enumerable.Range(0, model.InputShape.Channels)
            .Max(channel => Math.Abs(ScoreWith(channel * pixels + pixel, step) - ScoreWith(channel * pixels + pixel, -step))))];

        // The logarithm of the ratio of the probabilities is the difference of the scores in front of the softmax.
        double ScoreWith(int value, float change)
        {
            var moved = (float[])row.Clone();
            moved[value] += change;
            var probabilities = new float[2];
            model.Predict(moved, probabilities);
            return Math.Log(probabilities[1]) - Math.Log(probabilities[0]);
        }
    }

    /// <summary>The report on 20 zeros and 20 ones and one more one that is labelled as a zero.</summary>
    private ReportPage EvaluatedWithAMistake(string name)
    {
        var pictures = trained.MakeClasses($"with a mistake, {name}", "0", "1");
        File.Copy(Directory.GetFiles(Path.Combine(pictures, "1")).Order().First(), Path.Combine(pictures, "0", "a one.png"));
        var report = trained.InFolder($"{name}.html");
        SampleProcess.Run("evaluate", trained.ModelPath, "--images", pictures, "--report", report).ExitCode.Should().Be(0);
        return ReportPage.Read(report);
    }

    private static double Share(string percent) => ReportPage.Number(percent.TrimEnd('%', ' ')) / 100;

    // The bounds are where the distance from the share found is 1.96 of the deviation that the bound itself would have.
    private static void ShouldBeWilsons(double share, int count, string interval)
    {
        var bounds = interval.Split(" to ").Select(Share).ToArray();
        bounds[0].Should().BeLessThan(share);
        bounds[1].Should().BeGreaterThanOrEqualTo(share - Rounding);
        foreach (var bound in bounds)
            Math.Abs(bound - share).Should().BeApproximately(1.96 * Math.Sqrt(bound * (1 - bound) / count), 4 * Rounding, interval);
    }

    [GeneratedRegex("<dt>micro-accuracy</dt><dd>[^<]*<small>([^<]*)</small>")]
    private static partial Regex MicroAccuracy();

    [GeneratedRegex(@"epoch +(\d+) of 30 +loss ([\d.]+) +accuracy +([\d.]+) % +validation +([\d.]+) %")]
    private static partial Regex PrintedEpoch();

    [GeneratedRegex("alt=\"Saliency of twice.png\" src=\"data:image/png;base64,([^\"]*)\"")]
    private static partial Regex SaliencyOfTwice();
}
