namespace Ferry.Net.Components;

/// <summary>Why a component is not attached, for logs and readiness.</summary>
/// <param name="Message">One line for a person: what happened.</param>
/// <param name="Hint">What to do about it, or null.</param>
public sealed record ComponentFailure(ComponentFailureReason Reason, string Message, string? Hint = null)
{
    /// <summary>The reason's name in logs, metrics and pages: the stream error's where there is one.</summary>
    public string Name => Reason switch
    {
        ComponentFailureReason.Connect => "connect",
        ComponentFailureReason.Timeout => "timeout",
        ComponentFailureReason.Secret => "secret",
        ComponentFailureReason.NotAuthorized => "not-authorized",
        ComponentFailureReason.HostUnknown => "host-unknown",
        ComponentFailureReason.Conflict => "conflict",
        ComponentFailureReason.StreamError => "stream-error",
        ComponentFailureReason.Protocol => "protocol",
        ComponentFailureReason.Lost => "lost",
        _ => throw new InvalidOperationException($"{Reason} has no name"),
    };

    public override string ToString() => Hint is null ? $"{Name}: {Message}" : $"{Name}: {Message}; {Hint}";
}
