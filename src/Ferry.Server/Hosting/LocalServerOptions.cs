using System.Net;
using Ferry.Server.HttpBridge;
using Ferry.Server.Index;
using Ferry.Server.LocalXmpp;
using Ferry.Server.Relay;
using Ferry.Server.Services;

namespace Ferry.Server.Hosting;

/// <summary>What the embedded server is to be. The defaults are a server for this machine alone.</summary>
public sealed record LocalServerOptions
{
    /// <summary>The port that XMPP clients expect (RFC 6120 section 14.7).</summary>
    public const int DefaultPort = 5222;

    /// <summary>The domain of its accounts.</summary>
    public string Domain { get; init; } = "localhost";

    /// <summary>The folder for everything that is kept; made, for its owner alone, where it is missing.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where to listen with STARTTLS; port 0 takes a free one. Empty: loopback, or with <see cref="Lan"/> every address, at 5222.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>Where to listen with TLS from the first byte (XEP-0368).</summary>
    public IReadOnlyList<IPEndPoint> ListenDirectTls { get; init; } = [];

    /// <summary>Open to the network where <see cref="Listen"/> says nothing else.</summary>
    public bool Lan { get; init; }

    /// <summary>Lets clients on loopback log in without TLS.</summary>
    public bool AllowPlaintextLoopback { get; init; }

    /// <summary>Certificate chain and private key in PEM; null: one is made and kept in the data folder.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Services beside the accounts, each a domain of its own (<c>proxy.localhost</c>); disco#items lists them. Their owner disposes of them, after the server.</summary>
    public IReadOnlyList<ServiceEntity> Services { get; init; } = [];

    /// <summary>A relay at <c>proxy.DOMAIN</c> that this server owns; null: none.</summary>
    public RelayOptions? Relay { get; init; }

    /// <summary>That relay's HTTP side; null: none. Does nothing without a relay.</summary>
    public BridgeOptions? Bridge { get; init; }

    /// <summary>An index of shared files that this server owns; null: none.</summary>
    public IndexOptions? Index { get; init; }

    /// <summary>The index's address; null: <c>files.DOMAIN</c>.</summary>
    public string? IndexDomain { get; init; }

    public LocalServerLimits Limits { get; init; } = new();

    internal IReadOnlyList<IPEndPoint> EffectiveListen
    {
        get
        {
            if (Listen.Count > 0 || ListenDirectTls.Count > 0) return Listen;
            return Lan
                ? [new IPEndPoint(IPAddress.Any, DefaultPort), new IPEndPoint(IPAddress.IPv6Any, DefaultPort)]
                : [new IPEndPoint(IPAddress.Loopback, DefaultPort), new IPEndPoint(IPAddress.IPv6Loopback, DefaultPort)];
        }
    }
}
