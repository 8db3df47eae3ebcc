using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;

namespace Ferry.Server.Index;

/// <summary>What became of a publish: one of the two is there.</summary>
internal readonly record struct PublishResult(IndexPublished? Published, StanzaError? Error)
{
    public static implicit operator PublishResult(StanzaError error) => new(null, error);
}
