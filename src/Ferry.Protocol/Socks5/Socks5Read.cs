namespace Ferry.Protocol.Socks5;

/// <summary>What a parser made of the bytes so far: a message, a violation, or the number of bytes to come back with.</summary>
/// <remarks>
/// A message never needs bytes behind it: whoever reads from a socket until it holds <see cref="Needed"/> bytes, and no more, leaves
/// the file's first byte where it is.
/// </remarks>
public readonly record struct Socks5Read<T>
    where T : class
{
    /// <summary>The whole message, or null.</summary>
    public T? Message { get; private init; }

    /// <summary>Why the bytes can't become a message, or null.</summary>
    public Socks5Violation? Violation { get; private init; }

    /// <summary>Bytes of the message; 0 unless there is one.</summary>
    public int Consumed { get; private init; }

    /// <summary>Bytes, counted from the message's start, to call again with: at most 262; 0 unless more are needed.</summary>
    public int Needed { get; private init; }

    internal static Socks5Read<T> More(int needed) => new() { Needed = needed };

    internal static Socks5Read<T> Of(T message, int consumed) => new() { Message = message, Consumed = consumed };

    internal static Socks5Read<T> Bad(Socks5Violation violation) => new() { Violation = violation };
}
