using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.InBand;

/// <summary>
/// Knows blocks that were taken when they come once more. After a resumed stream (XEP-0198 section 5) ejabberd may have passed on more than it
/// says that it has handled: the connection that broke was read on while the new one was answered. The sender, told less, sends the same stanzas
/// again, and the receiver gets them twice. Such a block has its first copy's id and number, which a new block never has; one in a message, whose
/// id nobody answers and which may have none, its first copy's number and bytes. Numbers come again after 65536 blocks, when a copy is long
/// forgotten. Anything else that comes out of order stays the violation that XEP-0047 makes of it.
/// </summary>
public sealed class InBandRepeats
{
    /// <summary>Blocks that are remembered: as many as a sender has on its way.</summary>
    public const int Kept = 1024;

    /// <summary>Longer ids are not remembered.</summary>
    public const int MaxIdLength = 64;

    private readonly HashSet<(string Id, string Seq)> _known = [];
    private readonly Queue<(string Id, string Seq)> _order = new();

    /// <summary>What stands for the id of a block in a message.</summary>
    public static string IdOf(Element data) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(data.Text)));

    /// <summary>Whether a block that was taken had this id and number.</summary>
    public bool Has(string? id, string? seq) => id is not null && seq is not null && _known.Contains((id, seq));

    /// <summary>A block was taken.</summary>
    public void Took(string? id, string? seq)
    {
        if (id is null || seq is null || id.Length > MaxIdLength || seq.Length > MaxIdLength || !_known.Add((id, seq))) return;
        _order.Enqueue((id, seq));
        if (_order.Count > Kept) _known.Remove(_order.Dequeue());
    }
}
