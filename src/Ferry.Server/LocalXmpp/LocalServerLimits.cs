namespace Ferry.Server.LocalXmpp;

/// <summary>What one client, one address and all of them together may take of the embedded server. docs/limits.md lists them.</summary>
public sealed record LocalServerLimits
{
    /// <summary>Bytes of one stanza from a client that has logged in; told to it (XEP-0478).</summary>
    public int MaxStanzaBytes { get; init; } = 256 * 1024;

    /// <summary>Bytes of one element before log-in: the least that RFC 6120 section 13.12 allows.</summary>
    public int MaxBytesBeforeLogin { get; init; } = 10_000;

    /// <summary>Levels of elements in a stanza.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Open connections; one more is closed at once.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Open connections of one address (IPv6: of one /64).</summary>
    public int MaxConnectionsPerAddress { get; init; } = 500;

    /// <summary>From the connection's acceptance to the bound resource.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Failed log-ins on one connection, after which it is closed.</summary>
    public int MaxLoginFailures { get; init; } = 3;

    /// <summary>How much longer each recent failure of an address delays the next answer to one.</summary>
    public TimeSpan LoginDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Bytes that may wait for one client before those who send to it wait too.</summary>
    public int MaxQueueBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a sender waits for room in another client's queue before the other is ended.</summary>
    public TimeSpan QueueWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Sessions of one account.</summary>
    public int MaxResources { get; init; } = 16;

    /// <summary>Contacts of one account, unanswered requests included.</summary>
    public int MaxContacts { get; init; } = 1000;

    /// <summary>Addresses that one session has sent directed presence to.</summary>
    public int MaxDirected { get; init; } = 256;

    /// <summary>How long a broken stream may be resumed (XEP-0198).</summary>
    public TimeSpan ResumeTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Silence after which a client is asked whether it is there.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Further silence after which its connection is given up.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a stream that ends may take to write its last words.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
