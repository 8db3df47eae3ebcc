using System.Text.Json;
using Ferry.Cli.Events;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Tests.Events;

/// <summary>Scripts rely on these names: a change here breaks somebody.</summary>
public class EventShapeTests
{
    private static readonly Jid Peer = Jid.Parse("bob@example.org/x");

    [Fact]
    public void Ready() => Fields(new ReadyEvent("a@b/c")).ShouldBe(["type", "jid"]);

    [Fact]
    public void Ready_from_up() => Fields(new ReadyEvent("localhost") { Server = "127.0.0.1:5222", Pin = "00" }).ShouldBe(["type", "jid", "server", "pin"], ignoreOrder: true);

    [Fact]
    public void Offered()
    {
        Fields(new OfferedEvent("t", "p", "n", null, "si")).ShouldBe(["type", "transfer", "peer", "name", "bytes", "offer"]);
        Json(new OfferedEvent("t", "p", "n", null, "si")).GetProperty("bytes").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void Offered_with_thumbnails()
    {
        var entry = new OfferedEvent("t", "p", "n", null, "jingle") { Thumbnails = [new ThumbnailFields("image/png", 64, null)] };

        Fields(entry).ShouldBe(["type", "transfer", "peer", "name", "bytes", "offer", "thumbnails"], ignoreOrder: true);
        Json(entry).GetProperty("thumbnails")[0].EnumerateObject().Select(field => (field.Name, field.Value.ToString()))
            .ShouldBe([("mediaType", "image/png"), ("width", "64"), ("height", "")]);
    }

    [Theory]
    [InlineData(AttemptResult.Started, "started")]
    [InlineData(AttemptResult.Failed, "failed")]
    [InlineData(AttemptResult.Chosen, "chosen")]
    public void Attempt(AttemptResult result, string name)
    {
        var entry = new Attempt("t", "si", "ibb", result, "why").ToEvent();

        Fields(entry).ShouldBe(["type", "transfer", "offer", "method", "result", "reason"]);
        Json(entry).GetProperty("result").GetString().ShouldBe(name);
    }

    [Fact]
    public void Progress()
    {
        var entry = new TransferProgress("t", 5, null, 12.7, "ibb", TimeSpan.FromSeconds(11)).ToEvent();

        Fields(entry).ShouldBe(["type", "transfer", "bytes", "total", "rate", "method", "stalled"]);
        Json(entry).GetProperty("total").ValueKind.ShouldBe(JsonValueKind.Null);
        Json(entry).GetProperty("rate").GetInt64().ShouldBe(12);
        Json(entry).GetProperty("stalled").GetDouble().ShouldBe(11);
    }

    [Fact]
    public void Done()
    {
        var entry = (Outcomes.Done("t", Peer, "film.mkv") with { Path = "/in/film.mkv", VerifiedBy = "md5" }).ToEvent();

        Fields(entry).ShouldBe(["type", "transfer", "peer", "name", "path", "bytes", "sha256", "offer", "method", "verified", "verifiedBy", "resumedFrom", "seconds"]);
        Json(entry).GetProperty("type").GetString().ShouldBe("done");
        Json(entry).GetProperty("verified").GetBoolean().ShouldBeTrue();
        Json(entry).GetProperty("seconds").GetDouble().ShouldBe(1.5);
    }

    [Fact]
    public void Failed()
    {
        var entry = Outcomes.Failed("t", Peer, "film.mkv", FailureReason.CancelledByPeer).ToEvent();

        Fields(entry).ShouldBe(["type", "transfer", "peer", "name", "reason", "phase", "side", "message", "hint", "bytes", "resumable"], ignoreOrder: true);
        Json(entry).GetProperty("type").GetString().ShouldBe("failed");
        Json(entry).GetProperty("reason").GetString().ShouldBe("cancelled-by-peer");
        Json(entry).GetProperty("phase").GetString().ShouldBe("offering");
    }

    [Theory]
    [InlineData(Side.Here, "here")]
    [InlineData(Side.Peer, "peer")]
    [InlineData(Side.Network, "network")]
    [InlineData(Side.Server, "server")]
    public void Sides(Side side, string name) => Json(new Failure(FailureReason.Io, Phase.Finding, side, "m").ToEvent()).GetProperty("side").GetString().ShouldBe(name);

    [Fact]
    public void An_ambiguous_peer_comes_with_its_resources()
    {
        var entry = Outcomes.Failed("t", Peer.Bare, "n", FailureReason.AmbiguousPeer, "bob@example.org/a", "bob@example.org/b").ToEvent();

        Json(entry).GetProperty("resources").EnumerateArray().Select(item => item.GetString()).ShouldBe(["bob@example.org/a", "bob@example.org/b"]);
    }

    [Fact]
    public void Each_event_is_one_line_of_plain_ascii_whatever_a_peer_writes()
    {
        var output = new StringWriter();

        new EventWriter(output).Write(new OfferedEvent("t", "p", "a\u202e\n\u001b[31mé", 1, "si"));

        var text = output.ToString();
        text.TrimEnd('\r', '\n').ShouldAllBe(c => c >= ' ' && c < 127);
        text.Count(c => c == '\n').ShouldBe(1);
        JsonDocument.Parse(text).RootElement.GetProperty("name").GetString().ShouldBe("a\u202e\n\u001b[31mé");
    }

    private static List<string> Fields(FerryEvent entry) => [.. Json(entry).EnumerateObject().Select(field => field.Name)];

    private static JsonElement Json(FerryEvent entry)
    {
        var output = new StringWriter();
        new EventWriter(output).Write(entry);
        return JsonDocument.Parse(output.ToString()).RootElement;
    }
}
