using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Transfers;

/// <summary>Bob's Ferry, and eve, who says what a script says.</summary>
internal sealed class ScriptedMeeting : IAsyncDisposable
{
    private readonly Harbour _harbour;
    private readonly FerryClient _bob;
    private readonly ScriptedClient _eve;

    private ScriptedMeeting(Harbour harbour, FerryClient bob, ScriptedClient eve) => (_harbour, _bob, _eve) = (harbour, bob, eve);

    public static async Task<ScriptedMeeting> OpenAsync(Func<FerryOptions, FerryOptions>? with = null)
    {
        var harbour = await Harbour.OpenAsync("eve", "bob");
        return new ScriptedMeeting(harbour, await harbour.ConnectAsync("bob", with), await harbour.JoinAsync("eve"));
    }

    public void Deconstruct(out Harbour harbour, out FerryClient bob, out ScriptedClient eve) => (harbour, bob, eve) = (_harbour, _bob, _eve);

    public ValueTask DisposeAsync() => _harbour.DisposeAsync();
}
