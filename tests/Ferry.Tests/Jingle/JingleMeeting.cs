namespace Ferry.Tests.Jingle;

/// <summary>A Ferry that knows Jingle only, and eve, who does what a test says.</summary>
internal sealed class JingleMeeting : IAsyncDisposable
{
    private readonly Harbour _harbour;
    private readonly FerryClient _ferry;
    private readonly JinglePeer _eve;

    private JingleMeeting(Harbour harbour, FerryClient ferry, JinglePeer eve) => (_harbour, _ferry, _eve) = (harbour, ferry, eve);

    /// <param name="user">Whose Ferry it is.</param>
    /// <param name="time">Its clock; null: the system's.</param>
    /// <param name="with">What it is told beside its clock; null: <see cref="JingleLoopbackTests.ByJingle"/>.</param>
    /// <param name="client">The name by which eve's client is known; null: none.</param>
    public static async Task<JingleMeeting> OpenAsync(string user, TimeProvider? time = null, Func<FerryOptions, FerryOptions>? with = null, string? client = null)
    {
        var harbour = await Harbour.OpenAsync(user, "eve");
        var ferry = await harbour.ConnectAsync(user, options => (with ?? JingleLoopbackTests.ByJingle)(options) with { TimeProvider = time ?? options.TimeProvider });
        return new JingleMeeting(harbour, ferry, new JinglePeer(await harbour.JoinAsync("eve")) { Client = client });
    }

    public void Deconstruct(out Harbour harbour, out FerryClient ferry, out JinglePeer eve) => (harbour, ferry, eve) = (_harbour, _ferry, _eve);

    /// <summary>Eve offers ten bytes by the in-band stream ibb1, as f in the session s1, and they are accepted.</summary>
    public async Task<Task<Outcome>> BeginAsync(ReceiveOptions? options = null)
    {
        await _eve.SendAsync(JingleScripts.Offer(_ferry.Jid, "s1", "f", 10));
        var receiving = _harbour.ReceiveAsync(_ferry, options);
        await _eve.NextAsync("session-accept");
        return receiving;
    }

    public async ValueTask DisposeAsync()
    {
        await _eve.DisposeAsync();
        await _harbour.DisposeAsync();
    }
}
