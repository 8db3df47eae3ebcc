using System.Text.Json.Serialization;

namespace Ferry.Cli.Events;

/// <summary>
/// One line of <c>--json</c>. Scripts rely on every name here: fields may be added, never renamed. A field without a value is null, not
/// missing.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ReadyEvent), "ready")]
[JsonDerivedType(typeof(OfferedEvent), "offered")]
[JsonDerivedType(typeof(AttemptEvent), "attempt")]
[JsonDerivedType(typeof(ProgressEvent), "progress")]
[JsonDerivedType(typeof(DoneEvent), "done")]
[JsonDerivedType(typeof(FailedEvent), "failed")]
[JsonDerivedType(typeof(ContactEvent), "contact")]
[JsonDerivedType(typeof(AccountEvent), "account")]
[JsonDerivedType(typeof(PublishedEvent), "published")]
[JsonDerivedType(typeof(EntryEvent), "entry")]
[JsonDerivedType(typeof(HitEvent), "hit")]
internal abstract record FerryEvent;

/// <summary>Logged in; or, from <c>up</c>, listening.</summary>
internal sealed record ReadyEvent(string Jid) : FerryEvent
{
    /// <summary>From <c>up</c>: where the server listens, as <c>--server</c> takes it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Server { get; init; }

    /// <summary>From <c>up</c>: its certificate, as <c>--pin</c> takes it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pin { get; init; }

    /// <summary>From <c>share</c>: the names of the shared folders.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Shares { get; init; }

    /// <summary>From <c>share</c>: files in them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Files { get; init; }
}

/// <summary>A file is offered, by us or to us.</summary>
internal sealed record OfferedEvent(string Transfer, string Peer, string Name, long? Bytes, string Offer) : FerryEvent
{
    /// <summary>Small pictures that the sender could give (XEP-0264), where it tells of any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ThumbnailFields>? Thumbnails { get; init; }
}

/// <summary>One small picture: what the sender says of it; null where it says nothing.</summary>
internal sealed record ThumbnailFields(string? MediaType, int? Width, int? Height);

/// <summary>A way to carry the bytes is tried.</summary>
internal sealed record AttemptEvent(string Transfer, string Offer, string Method, string Result, string? Reason) : FerryEvent;

/// <summary>Bytes move, or don't.</summary>
internal sealed record ProgressEvent(string Transfer, long Bytes, long? Total, long Rate, string Method, double? Stalled) : FerryEvent;

/// <summary>A file went across whole.</summary>
internal sealed record DoneEvent(
    string Transfer,
    string Peer,
    string Name,
    string? Path,
    long Bytes,
    string? Sha256,
    string? Offer,
    string? Method,
    bool Verified,
    string? VerifiedBy,
    long ResumedFrom,
    double Seconds) : FerryEvent;

/// <summary>A file did not go across, or the command could not do its work.</summary>
internal sealed record FailedEvent(
    string? Transfer,
    string? Peer,
    string? Name,
    string Reason,
    string Phase,
    string Side,
    string Message,
    string? Hint,
    long Bytes,
    bool Resumable) : FerryEvent
{
    /// <summary>With <c>ambiguous-peer</c>: the full addresses to choose from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Resources { get; init; }
}

/// <summary>A line of <c>contact list</c>.</summary>
internal sealed record ContactEvent(string Jid, string? Name, string Subscription, bool Pending) : FerryEvent;

/// <summary>A line of <c>account list</c>.</summary>
internal sealed record AccountEvent(string Jid) : FerryEvent;

/// <summary>From <c>share</c>: the index has everything that is shared now.</summary>
internal sealed record PublishedEvent(string Index, int Files) : FerryEvent;

/// <summary>A line of <c>ls</c>. A folder's path ends with a slash; <paramref name="Online"/> is false where the index has told it. <c>ferry get LINK</c> takes the link of a file that can be had now and whose hash is known.</summary>
internal sealed record EntryEvent(string Jid, string Path, bool Folder, long? Bytes, DateTimeOffset? Modified, string? MediaType, string? Sha256, bool Online, string? Link = null) : FerryEvent;

/// <summary>A line of <c>search</c>: <c>ferry get JID PATH</c> takes it, and <c>ferry get LINK</c>.</summary>
internal sealed record HitEvent(string Jid, string Path, string Name, long? Bytes, DateTimeOffset? Modified, string? Sha256, bool Online, string? Link) : FerryEvent;
