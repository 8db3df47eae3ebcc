using System.Text.Json.Serialization;

namespace Ferry.Cli.Events;

/// <summary>The serialiser's code, made at build time: no reflection at start, and nothing for a trimmer to lose.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FerryEvent))]
internal sealed partial class EventContext : JsonSerializerContext;
