using Ferry.Protocol.Addressing;
using Ferry.Protocol.HttpBridge;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>A file that waits for its receiver. Its changing parts are under the store's lock.</summary>
internal sealed class SpooledFile(string digest, SpoolRecord record, Jid owner, Jid sender, Jid receiver)
{
    private bool _expired;

    /// <summary>What its URL's token is known by, and its name on disk.</summary>
    public string Digest => digest;

    public SpoolRecord Record => record;

    public long Size => record.Size;

    /// <summary>A bare JID.</summary>
    public Jid Owner => owner;

    public Jid Sender => sender;

    public Jid Receiver => receiver;

    /// <summary>For <c>If-Range</c>: another file never has it.</summary>
    public string Tag { get; } = $"\"{digest[..32]}\"";

    /// <summary>What its receiver has.</summary>
    public ByteCoverage Coverage { get; } = new(record.Size);

    /// <summary>Requests that fetch it now.</summary>
    public int Readers { get; set; }

    /// <summary>Its time was up before its receiver had it.</summary>
    public bool IsExpired
    {
        get => Volatile.Read(ref _expired);
        set => Volatile.Write(ref _expired, value);
    }
}
