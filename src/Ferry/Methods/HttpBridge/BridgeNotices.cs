using System.Collections.Concurrent;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;

namespace Ferry.Methods.HttpBridge;

/// <summary>What bridges tell us of themselves: where to fetch a stream, and how far it is (bs-proxy, steps II.2 and III). Only the bridge that was asked is believed.</summary>
internal sealed class BridgeNotices
{
    private readonly ConcurrentDictionary<(DestinationAddress Stream, Jid Bridge), Expected> _expected = new();

    public void Attach(StanzaSession session)
    {
        session.OnIq(Namespaces.HttpBridge, "activated", Activated);
        session.OnIq(Namespaces.HttpBridge, "progress", Progressed);
    }

    /// <summary>Expects the notice about a stream until disposed of. Null: it is expected already.</summary>
    public Expected? Expect(DestinationAddress stream, Jid bridge)
    {
        var notice = new Expected(() => _expected.TryRemove((stream, bridge), out _));
        return _expected.TryAdd((stream, bridge), notice) ? notice : null;
    }

    /// <summary>Whether this bridge was asked for a stream that has not begun yet.</summary>
    public bool IsExpected(Jid bridge) => _expected.Keys.Any(key => key.Bridge == bridge);

    private Iq Activated(Iq iq)
    {
        if (iq.Type != IqType.Set || iq.From is null) return iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        if (!BridgeActivated.TryParse(iq.Payload!, out var activated, out var error)) return iq.Refuse(error);
        return activated.SidHash is { } stream && _expected.TryGetValue((stream, iq.From), out var notice) && notice.TryGive(activated.Url)
            ? iq.Result()
            : iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound);
    }

    // We count ourselves; but where the file is to be complete at the bridge first, this is all that is heard meanwhile.
    private Iq Progressed(Iq iq)
    {
        if (iq.Type != IqType.Set || iq.From is null) return iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        if (!BridgeProgress.TryParse(iq.Payload!, out var progress, out var error)) return iq.Refuse(error);
        if (!_expected.TryGetValue((progress.SidHash, iq.From), out var notice)) return iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound);
        notice.Moved?.Invoke();
        return iq.Result();
    }

    /// <summary>A notice that is waited for.</summary>
    internal sealed class Expected(Action forget) : IDisposable
    {
        private readonly TaskCompletionSource<Uri> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Uri> Url => _url.Task;

        /// <summary>Called when the bridge tells of progress.</summary>
        public Action? Moved { get; set; }

        public bool TryGive(Uri url) => _url.TrySetResult(url);

        public void Dispose() => forget();
    }
}
