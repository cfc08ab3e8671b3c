using Xunit;
using Xunit.Abstractions;

namespace MLNet.BatchNorm.TestRunner;

/// <summary>Takes messages one at a time.</summary>
internal sealed class Sink(Action<IMessageSinkMessage> take) : LongLivedMarshalByRefObject, IMessageSink
{
    private readonly Lock gate = new();

    public bool OnMessage(IMessageSinkMessage message)
    {
        lock (gate)
            take(message);
        return true;
    }
}
