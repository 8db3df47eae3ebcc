using Ferry.Methods;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Offers.Jingle;

/// <summary>What its owner says about one content when it is offered or accepted.</summary>
/// <param name="Allowed">The names of methods that may be used, in order of preference.</param>
/// <param name="Report">Hears which ways are tried.</param>
internal sealed record JingleTerms(IReadOnlyList<string> Allowed, Action<string, AttemptResult, string?> Report)
{
    /// <summary>Called on the loop when both sides agree on the content.</summary>
    public Action Agreed { get; init; } = () => { };

    /// <summary>The part that is wanted, in an acceptance.</summary>
    public FileRange? Range { get; init; }

    /// <summary>Called on the loop with what the peer says of a file that we asked for, before anything is connected: why it is not taken, or null.</summary>
    public Func<FileDescription, MethodFailure?> Judge { get; init; } = _ => null;
}
