namespace Ferry.Protocol.Sasl;

/// <summary>What to do after the peer's message.</summary>
public abstract record SaslStep
{
    private SaslStep()
    {
    }

    /// <summary>Send <paramref name="Message"/> and wait for the answer.</summary>
    public sealed record Reply(string Message) : SaslStep;

    /// <summary>The exchange holds. The server still sends <paramref name="Message"/> as additional data of success; null at the client.</summary>
    public sealed record Done(string? Message) : SaslStep;

    /// <summary>The exchange is over; nothing that came of it may be used.</summary>
    public sealed record Failed(SaslFailure Failure) : SaslStep;

    internal static Failed Fail(SaslFailureReason reason, string text) => new(new SaslFailure(reason, text));
}
