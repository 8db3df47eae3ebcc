using System.Collections.Frozen;
using Ferry.Protocol;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Server.LocalXmpp;

/// <summary>Where a client's stream stands.</summary>
internal enum StreamPhase
{
    /// <summary>No TLS, and nothing but TLS is allowed.</summary>
    Clear,

    /// <summary>No TLS on loopback where the options allow to log in without.</summary>
    ClearTrusted,

    /// <summary>TLS is on; who it is has to be shown.</summary>
    Secured,

    /// <summary>A challenge is open.</summary>
    Challenged,

    /// <summary>Logged in; a resource has to be bound or a stream resumed.</summary>
    Authenticated,

    /// <summary>Stanzas flow.</summary>
    Bound,
}

/// <summary>What the server does about an element of the stream.</summary>
internal enum StreamStep
{
    StartTls,
    Authenticate,
    Respond,
    Abort,
    Resume,
    EnableTooEarly,
    BindRequest,
    Enable,
    AnswerRequest,
    TakeAnswer,
    Route,
    Stop,
}

/// <summary>What is allowed when, as data (RFC 6120 section 4.3; XEP-0198 section 3). Everything else ends the stream.</summary>
internal static class StreamOrder
{
    private static readonly FrozenDictionary<(StreamPhase, string, string), StreamStep> Table = new Dictionary<(StreamPhase, string, string), StreamStep>
    {
        [(StreamPhase.Clear, Namespaces.Tls, "starttls")] = StreamStep.StartTls,
        [(StreamPhase.ClearTrusted, Namespaces.Tls, "starttls")] = StreamStep.StartTls,
        [(StreamPhase.ClearTrusted, Namespaces.Sasl, "auth")] = StreamStep.Authenticate,
        [(StreamPhase.Secured, Namespaces.Sasl, "auth")] = StreamStep.Authenticate,
        [(StreamPhase.Challenged, Namespaces.Sasl, "response")] = StreamStep.Respond,
        [(StreamPhase.Challenged, Namespaces.Sasl, "abort")] = StreamStep.Abort,
        [(StreamPhase.Authenticated, Namespaces.Client, "iq")] = StreamStep.BindRequest,
        [(StreamPhase.Authenticated, Namespaces.StreamManagement, "resume")] = StreamStep.Resume,
        [(StreamPhase.Authenticated, Namespaces.StreamManagement, "enable")] = StreamStep.EnableTooEarly,
        [(StreamPhase.Bound, Namespaces.Client, "iq")] = StreamStep.Route,
        [(StreamPhase.Bound, Namespaces.Client, "message")] = StreamStep.Route,
        [(StreamPhase.Bound, Namespaces.Client, "presence")] = StreamStep.Route,
        [(StreamPhase.Bound, Namespaces.StreamManagement, "enable")] = StreamStep.Enable,
        [(StreamPhase.Bound, Namespaces.StreamManagement, "r")] = StreamStep.AnswerRequest,
        [(StreamPhase.Bound, Namespaces.StreamManagement, "a")] = StreamStep.TakeAnswer,
    }.ToFrozenDictionary();

    /// <summary>The step, or the stream error that answers an element which has no place here.</summary>
    public static (StreamStep Step, StreamError? Error) Find(StreamPhase phase, Element element)
    {
        if (Table.TryGetValue((phase, element.Namespace, element.Name), out var step)) return (step, null);
        if (element.Is(Namespaces.Streams, "error")) return (StreamStep.Stop, null);
        var stanza = StreamLedger.Counts(element);
        return (StreamStep.Stop, phase != StreamPhase.Bound && (stanza || element.Namespace == Namespaces.StreamManagement)
            ? new StreamError(StreamCondition.NotAuthorized, $"<{element.Name}/> before log-in")
            : new StreamError(StreamCondition.UnsupportedStanzaType, $"<{element.Name}/> has no place here"));
    }
}
