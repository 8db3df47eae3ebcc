namespace Ferry.Methods;

/// <summary>A channel's stream broke; carries the failure that the outcome will have.</summary>
internal sealed class ChannelException(MethodFailure failure) : IOException(failure.Text)
{
    public MethodFailure Failure { get; } = failure;
}
