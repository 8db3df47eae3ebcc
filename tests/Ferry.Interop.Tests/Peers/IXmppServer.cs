namespace Ferry.Interop.Tests.Peers;

/// <summary>A server for <c>localhost</c> on 127.0.0.1 that others wrote, started by the tests; each test makes its own accounts.</summary>
public interface IXmppServer
{
    const string Domain = "localhost";
    const string ProxyJid = "proxy.localhost";

    /// <summary>A domain that is kept for an external component (XEP-0114).</summary>
    const string ComponentJid = "component.localhost";

    /// <summary>The same for a second one, at Prosody alone.</summary>
    const string SecondComponentJid = "files.localhost";
    const string ComponentSecret = "the component's secret";

    string Name { get; }

    ServerCertificate Certificate { get; }

    /// <summary>Where clients begin in the clear and must use STARTTLS.</summary>
    int Port { get; }

    /// <summary>Where clients begin with TLS.</summary>
    int DirectTlsPort { get; }

    /// <summary>The SOCKS5 proxy of <see cref="ProxyJid"/>.</summary>
    int ProxyPort { get; }

    /// <summary>Where components attach.</summary>
    int ComponentPort { get; }

    /// <summary>The end of the server's log, for failure messages.</summary>
    string Log { get; }

    Task<Account> CreateAccount(string name);
}
