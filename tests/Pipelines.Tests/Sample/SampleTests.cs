using System.Text.Json;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

public sealed class SampleTests(TrainedSample trained) : IClassFixture<TrainedSample>
{
    [Fact]
    public void Training_OwnPictures_SavesTheModelAndEndsWithTheMetrics()
    {
        trained.Training.Errors.Should().BeEmpty();
        trained.Training.ExitCode.Should().Be(0);
        trained.Training.Output.Should().ContainAll("Training on 32 pictures of 2 classes", "epoch   30 of 30", "Test on 8 other pictures");
        trained.Training.LastLine.Should().MatchRegex(@"^micro-accuracy=[01]\.\d{3} macro-accuracy=[01]\.\d{3} log-loss=\d+\.\d{3} model=")
            .And.EndWith($"model={trained.ModelPath}");
        trained.Training.Output.Should().Contain($"The report: {trained.ReportPath}");
        Directory.GetFiles(Path.GetDirectoryName(trained.ModelPath)!).Should()
            .BeEquivalentTo([trained.ModelPath, trained.ReportPath], "no temporary file is left");
    }

    [Fact]
    public void Training_SameSeedAndOtherThreads_GivesTheSameMetrics()
    {
        var again = SampleProcess.Run(trained.TrainingArguments("--out", trained.InFolder("again.zip"), "--threads", "1"));

        Metrics(again).Should().Be(Metrics(trained.Training));
    }

    [Fact]
    public void Training_Digits_KeepsTheSplitOfTheFileNamesForEverySeed()
    {
        var model = trained.InFolder("digits.zip");

        var one = SampleProcess.Run("--epochs", "1", "--out", model);
        var two = SampleProcess.Run("--epochs", "1", "--out", model, "--seed", "2");

        one.Output.Should().ContainAll("Training on 1437 pictures of 10 classes", "Test on 360 other pictures");
        two.Output.Should().ContainAll("Training on 1437 pictures of 10 classes", "Test on 360 other pictures");
        Metrics(two).Should().NotBe(Metrics(one), "another seed trains another network");
    }

    [Fact]
    public void Predict_InANewProcess_GivesLabelAndProbability()
    {
        var pictures = Directory.GetFiles(trained.Pictures, "*.png", SearchOption.AllDirectories);

        var run = SampleProcess.Run(["predict", trained.ModelPath, .. pictures]);

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        var lines = run.Output.TrimEnd().ReplaceLineEndings("\n").Split('\n').Select(line => line.Split("  ")).ToArray();
        lines.Select(line => line[2]).Should().Equal(pictures);
        lines.Should().OnlyContain(line => double.Parse(line[1]) >= 0.5 && double.Parse(line[1]) <= 1);   // the larger one of two
        // Zeros and ones are easy to tell apart: 2 of 40 wrong would already be strange.
        lines.Count(line => line[0] == Path.GetFileName(Path.GetDirectoryName(line[2]))).Should().BeGreaterThanOrEqualTo(39);
    }

    [Fact]
    public void Predict_TopAndJson_GivesTheMostProbableClassesInOrder()
    {
        var picture = Directory.GetFiles(Path.Combine(trained.Pictures, "1"))[0];

        var text = SampleProcess.Run("predict", trained.ModelPath, picture, "--top", "3");
        var json = SampleProcess.Run("predict", trained.ModelPath, picture, picture, "--top", "3", "--json");

        text.Output.TrimEnd().Should().MatchRegex(@"^1  [01]\.\d{4}  0  [01]\.\d{4}  ").And.EndWith(picture);
        var answers = JsonDocument.Parse(json.Output).RootElement.EnumerateArray().ToArray();
        answers.Should().HaveCount(2);
        answers[0].GetProperty("image").GetString().Should().Be(picture);
        var classes = answers[0].GetProperty("classes").EnumerateArray().ToArray();
        classes.Select(each => each.GetProperty("label").GetString()).Should().Equal("1", "0");   // there are no three
        classes.Sum(each => each.GetProperty("probability").GetDouble()).Should().BeApproximately(1, 1e-5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Training_FewPicturesOfEachClass_TrainsWithoutValidation(int perClass)
    {
        var pictures = trained.MakeClasses($"{perClass} of each", perClass, "0", "1");

        var run = SampleProcess.Run(
            "--images", pictures, "--gray", "--size", "8", "--epochs", "3", "--out", trained.InFolder($"few/{perClass}.zip"));

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("too few to keep some for validation").And.NotContain("validation ");
    }

    [Fact]
    public void Training_NoOutputNamed_SavesIntoTheCurrentFolder()
    {
        var folder = Directory.CreateDirectory(trained.InFolder("current")).FullName;

        SampleProcess.RunIn(folder, trained.TrainingArguments()).ExitCode.Should().Be(0);

        Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Should().BeEquivalentTo("model.zip", "model.report.html");
    }

    [Fact]
    public void Evaluate_InANewProcess_EndsWithTheMetricsAndWritesAReportIfAsked()
    {
        var report = trained.InFolder("evaluated/report.html");

        var run = SampleProcess.Run("evaluate", trained.ModelPath, "--images", trained.Pictures, "--report", report);

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().ContainAll("Test on 40 pictures", "Confusion matrix");
        double.Parse(Regex.Match(run.LastLine, @"^micro-accuracy=(\S+) ").Groups[1].Value).Should().BeGreaterThan(0.9);
        File.ReadAllText(report).Should().Contain("Learning curves", "a saved model keeps its history");
    }

    [Fact]
    public void Evaluate_NoReportAskedFor_WritesNone()
    {
        var folder = Directory.CreateDirectory(trained.InFolder("without report")).FullName;
        var model = Path.Combine(folder, "model.zip");
        File.Copy(trained.ModelPath, model);

        SampleProcess.Run("evaluate", model, "--images", trained.Pictures).ExitCode.Should().Be(0);

        Directory.GetFiles(folder).Should().Equal(model);
    }

    [Fact]
    public void Help_ShowsEveryOption()
    {
        var run = SampleProcess.Run("--help");

        run.ExitCode.Should().Be(0);
        run.Output.Should().ContainAll(
            "--images", "--idx", "--size", "--gray", "--skip-unreadable", "--epochs", "--batch", "--network", "--seed", "--threads",
            "--out", "--report", "predict", "evaluate", "export");
    }

    private static string Metrics(SampleProcess run) => run.LastLine[..run.LastLine.IndexOf(" model=", StringComparison.Ordinal)];
}
