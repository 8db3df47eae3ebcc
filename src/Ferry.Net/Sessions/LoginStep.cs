namespace Ferry.Net.Sessions;

/// <summary>Either a value or why there is none.</summary>
internal readonly record struct LoginStep<T>(T? Value, SessionFailure? Failure)
    where T : class
{
    public static implicit operator LoginStep<T>(T value) => new(value, null);

    public static implicit operator LoginStep<T>(SessionFailure failure) => new(null, failure);
}
