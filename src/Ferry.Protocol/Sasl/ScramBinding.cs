using System.Text;

namespace Ferry.Protocol.Sasl;

/// <summary>What a client says about channel binding in the gs2 header (RFC 5802 §6).</summary>
public abstract record ScramBinding
{
    private ScramBinding()
    {
    }

    /// <summary><c>n</c>: we cannot bind.</summary>
    public sealed record None : ScramBinding;

    /// <summary><c>y</c>: we could, but saw no -PLUS in the server's list.</summary>
    public sealed record NotOffered : ScramBinding;

    /// <summary><c>p=TYPE</c>: bound to this TLS channel. Only with a -PLUS mechanism.</summary>
    public sealed record Bound(string Type, byte[] Data) : ScramBinding;

    /// <summary>The header without an authorization identity: <c>n,,</c> and its kin.</summary>
    internal string Header => this switch
    {
        Bound bound => $"p={bound.Type},,",
        NotOffered => "y,,",
        _ => "n,,",
    };

    /// <summary>The value of <c>c=</c>, base64.</summary>
    internal string Attribute => Convert.ToBase64String(
        [.. Encoding.UTF8.GetBytes(Header), .. this is Bound bound ? bound.Data : []]);
}
