using System.Text.Json.Serialization;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>What stands beside a file in the spool: the file is there when this is.</summary>
internal sealed record SpoolRecord
{
    /// <summary>The only version there is.</summary>
    public const int Current = 1;

    public int Version { get; init; } = Current;

    /// <summary>Of the file, in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>As announced, from anybody: to be made harmless before use.</summary>
    public string? Name { get; init; }

    /// <summary>As announced, from anybody: to be made harmless before use.</summary>
    public string? Type { get; init; }

    /// <summary>Whose share of the spool it takes: a bare JID.</summary>
    public required string Owner { get; init; }

    public required string Sender { get; init; }

    public required string Receiver { get; init; }

    /// <summary>When it was complete.</summary>
    public required DateTimeOffset Stored { get; init; }
}

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(SpoolRecord))]
internal sealed partial class SpoolJson : JsonSerializerContext;
