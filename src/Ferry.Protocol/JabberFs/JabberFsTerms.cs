namespace Ferry.Protocol.JabberFs;

/// <summary>What is settled about a transfer before it begins.</summary>
/// <param name="Proposal">The first stanza, ours or the peer's.</param>
/// <param name="IsProposer">This side proposed.</param>
/// <param name="IsSender">The file goes from here.</param>
/// <param name="Dialect">Which words are spoken.</param>
public sealed record JabberFsTerms(JabberFsStanza Proposal, bool IsProposer, bool IsSender, JabberFsDialect Dialect = JabberFsDialect.Native)
{
    /// <summary>How long an answerer's user may think before the proposal is answered with <c>busy</c>.</summary>
    public TimeSpan DecisionTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long the proposer waits for an answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How long a port stays open for the peer.</summary>
    public TimeSpan PortTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may take to open its own port after ours was of no use.</summary>
    public TimeSpan SwapTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a proposer may take to open a port that it was asked for: it may have to read what the receiver has.</summary>
    public TimeSpan ReverseTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a sender waits for the receiver's word when every byte is across: the receiver may have to read the file back.</summary>
    public TimeSpan CompleteTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a receiver waits until its word was heard.</summary>
    public TimeSpan AcknowledgeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The sender of the file made the proposal, or its receiver did.</summary>
    public bool IsGet => IsProposer != IsSender;
}
