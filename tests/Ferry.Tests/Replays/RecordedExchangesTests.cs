namespace Ferry.Tests.Replays;

/// <summary>Ferry in the place of each end of exchanges that other clients had with each other.</summary>
public sealed class RecordedExchangesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ferry-replay-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    // Where both methods were offered and in-band was chosen, Ferry is told to do the same.
    [InlineData("purple-si-s5b-direct", "", "s5b-direct")]
    [InlineData("purple-si-s5b-proxy", "", "s5b-proxy")]
    [InlineData("purple-si-ibb-fallback", "", "ibb")]
    [InlineData("purple-si-ibb-no-streamhost", "", "ibb")]
    [InlineData("purple-si-ibb", "ibb", "ibb")]
    [InlineData("purple-to-slixmpp-si-s5b-direct", "", "s5b-direct")]
    [InlineData("slixmpp-si-both", "ibb", "ibb")]
    [InlineData("slixmpp-si-ibb", "", "ibb")]
    [InlineData("slixmpp-to-purple-si-ibb", "", "ibb")]
    [InlineData("slixmpp-si-s5b-proxy", "", "s5b-proxy")]
    [InlineData("slixmpp-ibb", "", "ibb")]
    [InlineData("slixmpp-ibb-message", "", "ibb")]
    [InlineData("slixmpp-s5b", "", "s5b-proxy")]
    [InlineData("libervia-si-ibb", "", "ibb")]
    [InlineData("libervia-si-s5b-direct", "", "s5b-direct")]
    [InlineData("libervia-si-s5b-proxy", "", "s5b-proxy")]
    public async Task Received_by_Ferry(string name, string via, string method)
    {
        var recording = Recording.Load(name);
        await using var replay = await Replay.StartAsync(recording, ferrySends: false, options => options with { Offers = ["si", "none"], Methods = List(via) });
        var receiving = ReceiveAsync(replay.Client);
        await replay.PlayAsync().WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        var received = await receiving.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        received.Failure.ShouldBeNull();
        received.Method.ShouldBe(method);
        received.VerifiedBy.ShouldBe(name.StartsWith("slixmpp-", StringComparison.Ordinal) && received.Offer == "si" ? "md5" : null);
        (await File.ReadAllBytesAsync(received.Path!, TestContext.Current.CancellationToken)).ShouldBe(recording.Content);
    }

    [Theory]
    [InlineData("purple-si-s5b-direct", "", "s5b-direct")]
    [InlineData("purple-si-s5b-proxy", "s5b-proxy,ibb", "s5b-proxy")]
    [InlineData("purple-si-ibb-fallback", "", "ibb")]
    [InlineData("purple-si-ibb-no-streamhost", "s5b-proxy,ibb", "ibb")] // no proxy, so no streamhost
    [InlineData("purple-si-ibb", "", "ibb")]
    [InlineData("purple-to-slixmpp-si-s5b-direct", "", "s5b-direct")]
    [InlineData("slixmpp-si-both", "", "ibb")]
    [InlineData("slixmpp-si-ibb", "ibb", "ibb")]
    [InlineData("slixmpp-to-purple-si-ibb", "ibb", "ibb")]
    [InlineData("slixmpp-si-s5b-proxy", "s5b-proxy", "s5b-proxy")]
    [InlineData("slixmpp-ibb", "ibb", "ibb")]
    [InlineData("slixmpp-ibb-message", "ibb", "ibb")]
    [InlineData("slixmpp-s5b", "s5b-proxy", "s5b-proxy")]
    [InlineData("libervia-si-ibb", "ibb", "ibb")]
    [InlineData("libervia-si-s5b-direct", "s5b-direct", "s5b-direct")]
    [InlineData("libervia-si-s5b-proxy", "s5b-proxy", "s5b-proxy")]
    public async Task Sent_by_Ferry(string name, string via, string method)
    {
        var recording = Recording.Load(name);
        var bare = !recording.Steps.Any(step => step.Has("si"));
        await using var replay = await Replay.StartAsync(
            recording,
            ferrySends: true,
            options => options with { Offers = bare ? ["none"] : [], Methods = List(via), InBandMessages = name == "slixmpp-ibb-message" });
        var sending = SendAsync(replay, recording);
        await replay.PlayAsync().WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        var sent = await sending.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        sent.Failure.ShouldBeNull();
        sent.Method.ShouldBe(method);
        replay.Arrived.ToArray().ShouldBe(recording.Content);
    }

    [Fact]
    public async Task Of_a_file_slixmpp_gets_the_part_that_it_asks_for()
    {
        var recording = Recording.Load("slixmpp-si-range");
        await using var replay = await Replay.StartAsync(recording, ferrySends: true, options => options with { Methods = ["ibb"] });
        var sending = SendAsync(replay, recording);
        await replay.PlayAsync().WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        var sent = await sending.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        (sent.Failure, sent.ResumedFrom, sent.Bytes).ShouldBe((null, 1000, 5000));
        replay.Arrived.ToArray().ShouldBe(recording.Content[1000..6000]);
    }

    [Theory]
    [InlineData("purple-si-reject")]
    [InlineData("slixmpp-si-reject")]
    public async Task Declined_by_Ferry(string name)
    {
        var recording = Recording.Load(name);
        await using var replay = await Replay.StartAsync(recording, ferrySends: false, options => options);
        var declining = DeclineAsync();
        await replay.PlayAsync().WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        (await declining.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken)).Failure!.Reason.ShouldBe(FailureReason.Refused);

        async Task<Outcome> DeclineAsync() => await (await Harbour.NextOfferAsync(replay.Client)).DeclineAsync();
    }

    [Theory]
    [InlineData("purple-si-reject", "", "")]
    [InlineData("slixmpp-si-reject", "", "ibb")]
    [InlineData("slixmpp-to-purple-ibb", "none", "ibb")]
    public async Task Declined_to_Ferry(string name, string offers, string via)
    {
        var recording = Recording.Load(name);
        await using var replay = await Replay.StartAsync(recording, ferrySends: true, options => options with { Offers = List(offers), Methods = List(via) });
        var sending = SendAsync(replay, recording);
        await replay.PlayAsync().WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        var sent = await sending.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        (sent.Failure!.Reason, sent.Failure.Side).ShouldBe((FailureReason.Refused, Side.Peer));
        replay.Arrived.Length.ShouldBe(0);
    }

    [Fact]
    public void Every_recording_is_replayed()
    {
        var recorded = typeof(Recording).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("Ferry.Tests.Replays.", StringComparison.Ordinal)).Select(name => name.Split('.')[^2]).Order(StringComparer.Ordinal);
        var replayed = typeof(RecordedExchangesTests).GetMethods().SelectMany(method => method.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false))
            .Select(data => (string)((InlineDataAttribute)data).Data[0]!).Append("slixmpp-si-range").Distinct().Order(StringComparer.Ordinal);
        replayed.ShouldBe(recorded);
    }

    private static IReadOnlyList<string> List(string names) => names.Length == 0 ? [] : names.Split(',');

    private async Task<Outcome> ReceiveAsync(FerryClient client) => await (await Harbour.NextOfferAsync(client)).AcceptAsync(_folder);

    private async Task<Outcome> SendAsync(Replay replay, Recording recording)
    {
        var name = recording.Steps.Select(step => step.Payload?.Children.FirstOrDefault(child => child.Name == "file")?.Attribute("name")).FirstOrDefault(name => name is not null) ?? "file";
        var path = Path.Combine(_folder, name);
        await File.WriteAllBytesAsync(path, recording.Content);
        return await replay.Client.SendAsync(path, replay.Peer);
    }
}
