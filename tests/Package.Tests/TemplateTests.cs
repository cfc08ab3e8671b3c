using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Package.Tests;

/// <summary>What <c>dotnet new</c> makes of the templates builds, trains and predicts.</summary>
public sealed partial class TemplateTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string folder = Directory.CreateTempSubdirectory("templates").FullName;

    public TemplateTests()
    {
        Packed.WriteNuGetConfig(folder);
        New("install", Directory.GetFiles(Packed.TemplatesFolder, "*.nupkg").Single());
    }

    [Fact]
    public void New_Console_TrainsAndPredicts()
    {
        var project = NewProject("mlnet-batchnorm", "Churn");

        var printed = Dotnet.Run(project, "run", "-c", "Release");

        printed.Should().MatchRegex(@"^accuracy [78]\d.\d ?%, area under the ROC curve 0.[789]\d\d\na new customer .* \d\d ?%\n$");
        File.Exists(Path.Combine(project, "model.zip")).Should().BeTrue();
    }

    [Fact]
    public async Task New_Web_TrainsAndAnswers()
    {
        var project = NewProject("mlnet-batchnorm-web", "ChurnService");
        Dotnet.Run(project, "build", "-c", "Release");
        var address = $"http://127.0.0.1:{FreePort()}";
        using var server = Process.Start(new ProcessStartInfo("dotnet", ["run", "-c", "Release", "--no-build", "--", "--urls", address])
        {
            WorkingDirectory = project,
            RedirectStandardOutput = true,
        })!;
        try
        {
            using var client = new HttpClient();
            var customer = new { Months = 3, MonthlyFee = 19, Calls = 5, Plan = "basic" };
            var answer = await FirstAnswer(() => client.PostAsJsonAsync($"{address}/predict", customer));

            answer.GetProperty("probability").GetSingle().Should().BeInRange(0, 1);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    [Fact]
    public void CommandsOfTheReadme_WithNothingButTheSdk_EndInAPredictionAfterTenLinesAtMost()
    {
        var match = FirstPrediction().Match(File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n"));
        string[] projects = ["src/Core", "src/Transforms", "src/Pipelines", "templates"];
        Lines("pack").Should().Equal(projects.Select(project => $"dotnet pack {project} -o ../packages"));
        var commands = Lines("commands");
        commands.Length.Should().BeInRange(1, 10);
        commands[0].Should().Be("cd ..");   // out of the clone, where they were packed
        var current = Directory.CreateDirectory(Path.Combine(folder, "empty")).FullName;
        var packages = Directory.CreateDirectory(Path.Combine(current, "packages")).FullName;
        foreach (var package in Packed.Packages.Concat(Directory.GetFiles(Packed.TemplatesFolder, "*.nupkg")))
            File.Copy(package, Path.Combine(packages, Path.GetFileName(package)));

        var printed = "";
        foreach (var words in commands[1..].Select(command => command.Replace("\"", "").Split(' ')))
            if (words[0] == "cd")
                current = Path.Combine(current, words[1]);
            else
                printed = Dotnet.RunAfresh(current, Path.Combine(folder, "home"), words[1..]);

        printed.Should().Contain("a new customer");

        string[] Lines(string group) => match.Groups[group].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [GeneratedRegex("## A first prediction\n.*?```\n(?<pack>.*?)```.*?```\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstPrediction();

    // With templates of its own: those that the developer has installed stay as they are.
    private void New(params string[] arguments) =>
        Dotnet.Run(folder, ["new", .. arguments, "--debug:custom-hive", Path.Combine(folder, "hive")]);

    private string NewProject(string template, string name)
    {
        New(template, "-o", name, "--package-version", Packed.Version);
        return Path.Combine(folder, name);
    }

    private static async Task<JsonElement> FirstAnswer(Func<Task<HttpResponseMessage>> ask)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var response = await ask();
                response.StatusCode.Should().Be(HttpStatusCode.OK);
                return await response.Content.ReadFromJsonAsync<JsonElement>();
            }
            catch (HttpRequestException) when (watch.Elapsed < Patience)
            {
                await Task.Delay(200);   // it trains before it listens
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
