#:property PublishAot=false
#:property GenerateDocumentationFile=false
#:property EnforceCodeStyleInBuild=false
// The commands of this repository. They need the .NET 10 SDK and nothing else, and are the same on Linux, macOS and Windows:
//   dotnet run build.cs -- sample | test | check | bench | probe        (help: dotnet run build.cs)
using System.Diagnostics;
using System.Xml.Linq;

try
{
    return Run(args);
}
catch (BuildException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 2;
}

static int Run(string[] args)
{
    const string usage = """
        usage: dotnet run build.cs -- <command> [--host packages|offline] [-- arguments of the sample or benchmarks]

          sample   train, evaluate, save and load an image classifier on real digits
          test     build and run every test; ends with 'N passed, N failed'
          check    formatting, then build and test on each ML.NET host that restores, Core without wide vectors, and the sample
          bench    run the benchmarks
          probe    find out which ML.NET this machine can restore, and record it for plain 'dotnet build'
        """;
    if (args is [] or ["--help" or "-h" or "help"])
    {
        Console.WriteLine(usage);
        return args is [] ? 2 : 0;
    }

    Place.StartedIn = Environment.CurrentDirectory;
    Environment.CurrentDirectory = Place.Root;
    var (forced, remaining) = TakeHostOption(args[1..]);
    return args[0] switch
    {
        "probe" => Record(ChooseHost(forced)),
        "sample" => Sample(Announce(forced), remaining),
        "test" => Test(Announce(forced)),
        "check" => Check(forced),
        "bench" => Bench(Announce(forced), remaining),
        _ => throw new BuildException($"Unknown command '{args[0]}'.{Environment.NewLine}{usage}"),
    };
}

// Which ML.NET ---------------------------------------------------------------------------------------------------------

static (string? Host, string[] Remaining) TakeHostOption(string[] args)
{
    var at = Array.IndexOf(args, "--host");
    if (at < 0)
        return (null, args);
    var host = at + 1 < args.Length ? args[at + 1] : "";
    if (host is not ("packages" or "offline"))
        throw new BuildException($"--host must be packages or offline, not '{host}'.");
    return (host == "packages" ? Host.Packages : Host.Offline, [.. args[..at], .. args[(at + 2)..]]);
}

static (string Host, string Reason) ChooseHost(string? forced)
{
    if (forced is not null)
        return (forced, "asked for by --host");
    return Restores(out var error, "Microsoft.ML", "Microsoft.ML.ImageAnalytics")
        ? (Host.Packages, "Microsoft.ML and Microsoft.ML.ImageAnalytics restore here")
        : (Host.Offline, $"Microsoft.ML does not restore here ({error})");
}

// A real restore: nothing else says whether the configured sources, proxies and credentials deliver the packages.
static bool Restores(out string error, params string[] packages)
{
    var folder = Path.Combine("artifacts", "probe");
    Directory.CreateDirectory(folder);
    var versions = XDocument.Load("Directory.Packages.props").Descendants("PackageVersion");
    string VersionOf(string id) => versions.Single(v => (string?)v.Attribute("Include") == id).Attribute("Version")!.Value;
    string Reference(string id) => $"""<PackageReference Include="{id}" Version="{VersionOf(id)}" />""";
    // Empty props and targets beside it keep the repository's own away from the probe.
    foreach (var fence in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
        File.WriteAllText(Path.Combine(folder, fence), "<Project />");
    File.WriteAllText(Path.Combine(folder, "probe.csproj"), $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
          <ItemGroup>{string.Concat(packages.Select(Reference))}</ItemGroup>
        </Project>
        """);
    var (exitCode, output) = Capture("dotnet", "restore", Path.Combine(folder, "probe.csproj"), "--force", "-nologo", "-tl:off", "-v:q");
    var line = output.Split('\n').FirstOrDefault(l => l.Contains("error")) ?? output.Trim();
    error = line[(line.IndexOf("error", StringComparison.Ordinal) is var at and >= 0 ? at : 0)..].Split(" [")[0].Trim();
    return exitCode == 0;
}

static string Announce(string? forced)
{
    var chosen = ChooseHost(forced);
    Record(chosen);
    return chosen.Host;
}

static int Record((string Host, string Reason) chosen)
{
    if (chosen.Host == Host.Packages)
        Say($"ML.NET: the NuGet packages, because {chosen.Reason}.");
    else
        Say($"""
            ************************************************************************************************
            ML.NET: OFFLINE SUBSET in offline/, because {chosen.Reason}.
            Everything below runs on our own small stand-in for the ML.NET API, not on Microsoft.ML itself.
            ************************************************************************************************
            """);
    // Only tests need it, and some package sources have Microsoft.ML alone.
    var testsPools = chosen.Host == Host.Offline || Restores(out _, "Microsoft.Extensions.ML");
    if (!testsPools)
        Say("Microsoft.Extensions.ML does not restore here: the tests of PredictionEnginePool are left out.");
    var record = $"""
        <Project>
          <PropertyGroup>
            <MLNetHost Condition="'$(MLNetHost)' == ''">{chosen.Host}</MLNetHost>
            <TestsPredictionEnginePool>{testsPools}</TestsPredictionEnginePool>
          </PropertyGroup>
        </Project>

        """;
    if (!File.Exists(".mlnet-host.props") || File.ReadAllText(".mlnet-host.props") != record)
        File.WriteAllText(".mlnet-host.props", record);
    return 0;
}

// Commands -------------------------------------------------------------------------------------------------------------

static int Sample(string host, string[] arguments) =>
    RunWhereStarted(host, "samples/ImageClassification", arguments);

static int Bench(string host, string[] arguments) =>
    RunWhereStarted(host, "benchmarks", arguments);

static int Test(string host) => Total(RunTests(host));

static int Check(string? forced)
{
    var chosen = ChooseHost(forced);
    Record(chosen);
    var hosts = forced is null && chosen.Host == Host.Packages ? [Host.Packages, Host.Offline] : new[] { chosen.Host };

    Say("Formatting");
    if (DotNet(hosts[0], ["format", "MLNet.BatchNorm.sln", "--verify-no-changes"]) != 0)
        throw new BuildException(
            "The formatting differs from .editorconfig: run 'dotnet format MLNet.BatchNorm.sln' and commit the result.");
    if (LongLines() is [_, ..] lines)
        throw new BuildException(
            $"Lines are longer than max_line_length in .editorconfig, wrap them:\n{string.Join('\n', lines)}");

    var counts = new List<Count>();
    foreach (var host in hosts)
    {
        Say($"Tests on {host}");
        counts.Add(RunTests(host));
    }

    // The kernels choose their vector width at run time; the narrower ones must be right too.
    foreach (var narrower in new[] { "DOTNET_EnableAVX512=0", "DOTNET_EnableHWIntrinsic=0" })
    {
        Say($"Core tests with {narrower}");
        counts.Add(RunTests(hosts[^1], "tests/Core.Tests", narrower));
    }

    if (Has(hosts[0], "Microsoft.Extensions.ML", "tests/WebServing.Tests"))
    {
        Say("Tests of the web sample");
        counts.Add(RunTests(Host.Packages, "tests/WebServing.Tests"));
    }

    if (Has(hosts[0], "Microsoft.ML.Vision", "samples/VisionComparison")
        && DotNet(Host.Packages, ["build", "samples/VisionComparison", "-c", "Release"]) != 0)
        throw new BuildException("samples/VisionComparison does not build.");

    foreach (var project in hosts[0] == Host.Packages ? new[] { "benchmarks/DataViews", "benchmarks/Accuracy" } : [])
        if (DotNet(Host.Packages, ["build", project, "-c", "Release"]) != 0)
            throw new BuildException($"{project} does not build.");

    Say($"Sample on {hosts[0]}");
    if (Sample(hosts[0], []) != 0)
        throw new BuildException("The sample failed.");
    return Total([.. counts]);
}

// dotnet format knows no max_line_length.
static string[] LongLines()
{
    if (!Path.Exists(".git"))
    {
        Say("The lengths of lines are left out: this is no git clone.");
        return [];
    }

    var setting = File.ReadLines(".editorconfig").Single(line => line.StartsWith("max_line_length", StringComparison.Ordinal));
    var limit = int.Parse(setting.Split('=')[1]);
    var (exitCode, output) = Capture("git", "ls-files", "-z", "*.cs");
    if (exitCode != 0)
        throw new BuildException($"git does not list its files: {output}");
    return
    [
        .. from file in output.Split('\0').Where(File.Exists)
           from line in File.ReadLines(file).Index()
           where line.Item.Length > limit
           select $"{file}:{line.Index + 1}: {line.Item.Length} characters",
    ];
}

// Outside the solution stands what needs a package more, or ML.NET's own trainers.
static bool Has(string host, string package, string project)
{
    if (host != Host.Packages)
        return false;
    var restores = Restores(out var error, package);
    if (!restores)
        Say($"{project} is left out: {package} does not restore here ({error}).");
    return restores;
}

static Count RunTests(string host, string project = "MLNet.BatchNorm.sln", string? environment = null)
{
    if (host == Host.Offline)
        Console.WriteLine($"{PackagesOnlyTests()} test files need the packages and are left out (tests/*/PackagesOnly).");
    var results = Path.GetFullPath(Path.Combine("artifacts", host, "test-results", environment ?? "all"));
    if (Directory.Exists(results))
        Directory.Delete(results, recursive: true);
    var exitCode = DotNet(host, ["test", project, "-c", "Release", "--logger", "trx", "--results-directory", results], environment);
    var count = Count.OfResults(results);
    if (count.Passed + count.Failed == 0)
        throw new BuildException("No test ran: see the build errors above.");
    // A crashed test process leaves no failed test behind, only its exit code.
    return exitCode != 0 && count.Failed == 0 ? count with { Failed = 1 } : count;
}

static int Total(params Count[] counts)
{
    var sum = counts.Aggregate((a, b) => new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped));
    Console.WriteLine($"{sum.Passed} passed, {sum.Failed} failed" + (sum.Skipped > 0 ? $", {sum.Skipped} skipped" : ""));
    return sum.Failed == 0 ? 0 : 1;
}

static int PackagesOnlyTests() =>
    Directory.EnumerateDirectories("tests").Select(t => Path.Combine(t, "PackagesOnly")).Where(Directory.Exists)
        .Sum(d => Directory.EnumerateFiles(d, "*Tests.cs", SearchOption.AllDirectories).Count());

// Processes ------------------------------------------------------------------------------------------------------------

// Paths among the arguments are meant from where the user stands.
static int RunWhereStarted(string host, string project, string[] arguments) => DotNet(
    host, ["run", "-c", "Release", "--project", Path.Combine(Place.Root, project), "--", .. AfterDashes(arguments)],
    folder: Place.StartedIn);

static int DotNet(string host, string[] arguments, string? environment = null, string? folder = null)
{
    var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder ?? Place.Root };
    start.Environment["MLNetHost"] = host;
    if (environment?.Split('=') is [var name, var value])
        start.Environment[name] = value;
    using var process = Process.Start(start)!;
    process.WaitForExit();
    return process.ExitCode;
}

static (int ExitCode, string Output) Capture(string command, params string[] arguments)
{
    var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
    using var process = Process.Start(start)!;
    var errors = process.StandardError.ReadToEndAsync();
    var output = process.StandardOutput.ReadToEnd() + errors.Result;
    process.WaitForExit();
    return (process.ExitCode, output);
}

static string[] AfterDashes(string[] arguments) => arguments is ["--", .. var rest] ? rest : arguments;

static void Say(string text) => Console.WriteLine($"{Environment.NewLine}{text}");

static class Place
{
    public static string Root { get; } = Path.GetDirectoryName(ThisFile())!;

    public static string StartedIn { get; set; } = Root;

    private static string ThisFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
}

static class Host
{
    public const string Packages = nameof(Packages), Offline = nameof(Offline);
}

sealed record Count(int Passed, int Failed, int Skipped)
{
    public static Count OfResults(string folder)
    {
        var counters = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.trx", SearchOption.AllDirectories)
                .SelectMany(file => XDocument.Load(file).Descendants()).Where(e => e.Name.LocalName == "Counters").ToArray()
            : [];
        int Sum(string name) => counters.Sum(c => (int?)c.Attribute(name) ?? 0);
        return new(Sum("passed"), Sum("failed"), Sum("total") - Sum("executed"));
    }
}

sealed class BuildException(string message) : Exception(message);
