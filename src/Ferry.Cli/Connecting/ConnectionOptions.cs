using System.Net;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Connecting;

/// <summary>What every verb that connects takes.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>The account; a full address fixes the resource.</summary>
    public required Jid Account { get; init; }

    public PasswordSource Password { get; init; } = new PasswordSource.Asked();

    /// <summary><c>[xmpp:|xmpps:]HOST:PORT</c>, or null to look it up.</summary>
    public string? Server { get; init; }

    public IReadOnlyList<string> CertificateAuthorities { get; init; } = [];

    public string? Pin { get; init; }

    public bool InsecurePlaintext { get; init; }

    public bool AllowPlain { get; init; }

    public IReadOnlyList<IPAddress> Bind { get; init; } = [];

    public IReadOnlyList<(int First, int Last)> ListenPorts { get; init; } = [];

    public IReadOnlyList<string> Advertise { get; init; } = [];

    public IReadOnlyList<Jid> Proxies { get; init; } = [];

    public TimeSpan? Socks5Wait { get; init; }

    public bool AllowLocal { get; init; }

    /// <summary>See <see cref="FerryOptions.InBandMessages"/>.</summary>
    public bool IbbMessages { get; init; }

    /// <summary>See <see cref="FerryOptions.LegacyJabberFs"/>.</summary>
    public IReadOnlyList<Jid> LegacyJabberFs { get; init; } = [];

    /// <summary>The longest time without progress in any one step, or null for each step's own default.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool Json { get; init; }

    public Verbosity Verbosity { get; init; } = Verbosity.Normal;

    /// <summary>The library's options, without a password.</summary>
    public FerryOptions ToFerryOptions()
    {
        var options = new FerryOptions
        {
            Account = Account,
            Server = Server,
            CertificateAuthorities = CertificateAuthorities,
            PinnedCertificate = Pin,
            InsecurePlaintext = InsecurePlaintext,
            AllowPlain = AllowPlain,
            BindAddresses = Bind,
            ListenPorts = ListenPorts,
            Advertise = Advertise,
            Proxies = Proxies,
            AllowLocal = AllowLocal,
            InBandMessages = IbbMessages,
            LegacyJabberFs = LegacyJabberFs,
            ReconnectTimeout = TimeSpan.Zero,
        };
        if (Socks5Wait is { } wait) options = options with { Socks5Wait = wait };
        return Timeout is { } longest
            ? options with { LongestWait = longest, ConnectTimeout = longest, AnswerTimeout = longest, IdleTimeout = longest, InBandIdleTimeout = longest }
            : options;
    }
}
