using Xunit.Abstractions;

namespace MLNet.BatchNorm.TestRunner;

/// <summary>Counts what passes and prints what fails.</summary>
internal sealed class Results
{
    private int passed;
    private int failed;
    private int skipped;

    public bool IsGood => failed == 0 && passed > 0;

    public void Add(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestPassed:
                passed++;
                break;
            case ITestSkipped:
                skipped++;
                break;
            case IFailureInformation failure:   // of a test, or of what is made before and cleaned up after it
                failed++;
                Console.WriteLine($"Failed {(message as ITestMessage)?.Test.DisplayName}: {string.Join(": ", failure.Messages)}");
                Console.WriteLine(string.Join('\n', failure.StackTraces));
                break;
            case ITestClassFinished { TestClass.Class.Name: var name, ExecutionTime: var seconds }:
                Console.WriteLine($"{seconds,8:0.0} s {name}");
                break;
        }
    }

    public override string ToString() => $"{passed} passed, {failed} failed, {skipped} skipped";
}
