using System.Collections.Immutable;

namespace Ferry.Protocol.Socks5;

/// <summary>What happens to a <see cref="CandidateRace"/>.</summary>
public abstract record RaceInput
{
    private RaceInput()
    {
    }

    /// <summary>Begin; once.</summary>
    public sealed record Start : RaceInput;

    /// <summary>The TCP connection that <see cref="RaceOutput.Connect"/> asked for stands.</summary>
    public sealed record TcpConnected(int Index) : RaceInput;

    /// <summary>It could not be made; nothing is open.</summary>
    public sealed record TcpFailed(int Index, string Reason) : RaceInput;

    /// <summary>The exchange that <see cref="RaceOutput.Negotiate"/> asked for ended in success.</summary>
    public sealed record SocksDone(int Index) : RaceInput;

    /// <summary>It failed; the connection is closed by <see cref="RaceOutput.Close"/>.</summary>
    public sealed record SocksFailed(int Index, string Reason) : RaceInput;

    /// <summary>Time has passed; due at <see cref="CandidateRace.NextDeadline"/>.</summary>
    public sealed record Tick : RaceInput;

    /// <summary>Give up.</summary>
    public sealed record Cancel : RaceInput;
}

/// <summary>What a <see cref="CandidateRace"/> wants done.</summary>
public abstract record RaceOutput
{
    private RaceOutput()
    {
    }

    /// <summary>Open a TCP connection to this streamhost.</summary>
    public sealed record Connect(int Index) : RaceOutput;

    /// <summary>Begin the SOCKS5 exchange on this connection. Until then not a byte: some peers serve one connection only.</summary>
    public sealed record Negotiate(int Index) : RaceOutput;

    /// <summary>Close this connection, or stop making it.</summary>
    public sealed record Close(int Index) : RaceOutput;

    /// <summary>The end: use this connection. All others were closed before. Its answer may be sent now.</summary>
    public sealed record Won(int Index) : RaceOutput;

    /// <summary>The end: no streamhost, with one reason for each, in their order.</summary>
    public sealed record Lost(RaceLoss Why, ImmutableArray<CandidateFailure> Failures) : RaceOutput;
}

/// <summary>Why a race has no winner.</summary>
public enum RaceLoss
{
    /// <summary>Every streamhost failed, or there was none.</summary>
    Exhausted,

    /// <summary>The time for the whole race ran out.</summary>
    TimedOut,

    /// <summary>We gave up.</summary>
    Cancelled,
}

/// <summary>Why one streamhost was not used.</summary>
/// <param name="Index">Its place in the offer.</param>
/// <param name="Kind">Where it failed.</param>
/// <param name="Detail">For a log.</param>
public sealed record CandidateFailure(int Index, CandidateFailureKind Kind, string Detail);

/// <summary>Where a streamhost failed.</summary>
public enum CandidateFailureKind
{
    /// <summary>No TCP connection.</summary>
    Connect,

    /// <summary>No TCP connection in time.</summary>
    ConnectTimeout,

    /// <summary>The SOCKS5 exchange was refused or broke.</summary>
    Socks,

    /// <summary>The SOCKS5 exchange did not end in time.</summary>
    SocksTimeout,

    /// <summary>The race ended before it did.</summary>
    Unfinished,

    /// <summary>The race ended before it began.</summary>
    NotTried,
}
