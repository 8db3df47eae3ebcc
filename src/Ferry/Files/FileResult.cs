using System.Diagnostics.CodeAnalysis;

namespace Ferry.Files;

/// <summary>A value or why there is none.</summary>
internal readonly record struct FileResult<T>
    where T : class
{
    /// <summary>The value; null on failure.</summary>
    public T? Value { get; private init; }

    /// <summary>The failure; null on success.</summary>
    public FileFailure? Failure { get; private init; }

    /// <summary>True with a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool Succeeded => Value is not null;

    public static implicit operator FileResult<T>(T value) => new() { Value = value };

    public static implicit operator FileResult<T>(FileFailure failure) => new() { Failure = failure };
}
