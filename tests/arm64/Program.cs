// Runs the tests of an assembly in this process, one at a time: vstest, which starts other processes, does not work under an emulator.
// usage: TestRunner <tests.dll> <namespace or class with a dot at the end> ...
using System.Diagnostics;
using System.Runtime.Loader;
using MLNet.BatchNorm.TestRunner;
using Xunit.Abstractions;
using Xunit.Sdk;

var path = Path.GetFullPath(args[0]);
var folder = Path.GetDirectoryName(path)!;
AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", folder + Path.DirectorySeparatorChar);   // beside the tests are files that they read
AssemblyLoadContext.Default.Resolving += (context, name) =>
    Path.Combine(folder, $"{name.Name}.dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
var assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
var clock = Stopwatch.StartNew();
using var framework = new XunitTestFramework(new Sink(_ => { }));

var tests = new List<IXunitTestCase>();
using (var found = new ManualResetEventSlim())
using (var discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly)))
{
    discoverer.Find(includeSourceInformation: false, new Sink(Collect), new FrameworkOptions());
    found.Wait();

    void Collect(IMessageSinkMessage message)
    {
        if (message is ITestCaseDiscoveryMessage { TestCase: IXunitTestCase test } && IsWanted(test))
            tests.Add(test);
        else if (message is IDiscoveryCompleteMessage)
            found.Set();
    }
}

var results = new Results();
using (var ran = new ManualResetEventSlim())
using (var executor = framework.GetExecutor(assembly.GetName()))
{
    var options = new FrameworkOptions();
    options.SetValue("xunit.execution.DisableParallelization", true);
    executor.RunTests(tests, new Sink(Report), options);
    ran.Wait();

    void Report(IMessageSinkMessage message)
    {
        results.Add(message);
        if (message is ITestAssemblyFinished)
            ran.Set();
    }
}

Console.WriteLine($"{results}, {clock.Elapsed:h\\:mm\\:ss}");
return results.IsGood ? 0 : 1;

bool IsWanted(IXunitTestCase test) =>
    args.Skip(1).Any(start => $"{test.TestMethod.TestClass.Class.Name}.".StartsWith(start, StringComparison.Ordinal));
