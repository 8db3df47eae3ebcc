namespace Ferry.Methods;

/// <summary>Either a channel or why there is none.</summary>
internal readonly record struct MethodResult(ByteChannel? Channel, MethodFailure? Failure)
{
    public static implicit operator MethodResult(ByteChannel channel) => new(channel, null);

    public static implicit operator MethodResult(MethodFailure failure) => new(null, failure);
}
