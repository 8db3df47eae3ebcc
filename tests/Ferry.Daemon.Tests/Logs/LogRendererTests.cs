using System.Text.Json;
using Ferry.Daemon.Configuration;
using Ferry.Daemon.Logs;
using Ferry.Protocol.Addressing;
using Ferry.Server.Transfers;
using Ferry.Testing.Time;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Tests.Logs;

public sealed class LogRendererTests
{
    private static readonly TransferEnd End = new(
        Jid.Parse("alice@example.org/phone"), Jid.Parse("bob@example.net/x"), "s5b-proxy", 1234567, TimeSpan.FromSeconds(2.5), "done");

    [Fact]
    public async Task A_transfers_end_is_one_line_with_shortened_addresses() =>
        (await LinesAsync(LogFormat.Text, full: false, log => TransferLog.Ended(log, End))).ShouldBe(
            ["2026-01-01T00:00:00Z information: transfer from a…@example.org to b…@example.net by s5b-proxy: 1234567 bytes in 2.5 s, done"]);

    [Fact]
    public async Task Whole_addresses_where_they_are_wanted() =>
        (await LinesAsync(LogFormat.Text, full: true, log => TransferLog.Ended(log, End))).Single().ShouldContain("from alice@example.org/phone to bob@example.net/x by");

    [Fact]
    public async Task Json_has_the_fields()
    {
        var line = (await LinesAsync(LogFormat.Json, full: false, log => TransferLog.Ended(log, End))).Single();
        var json = JsonDocument.Parse(line).RootElement;
        json.GetProperty("time").GetString().ShouldBe("2026-01-01T00:00:00.000Z");
        json.GetProperty("level").GetString().ShouldBe("information");
        json.GetProperty("event").GetString().ShouldBe("transfer-ended");
        json.GetProperty("requester").GetString().ShouldBe("a…@example.org");
        json.GetProperty("target").GetString().ShouldBe("b…@example.net");
        json.GetProperty("method").GetString().ShouldBe("s5b-proxy");
        json.GetProperty("bytes").GetInt64().ShouldBe(1234567);
        json.GetProperty("seconds").GetDouble().ShouldBe(2.5);
        json.GetProperty("ending").GetString().ShouldBe("done");
    }

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("example.org/resource", "example.org")]
    [InlineData("élise@example.org/r", "é…@example.org")]
    public async Task What_is_left_of_an_address(string address, string shown) =>
        (await LinesAsync(LogFormat.Text, full: false, log => log.LogInformation("{Who} {Number:0.0} {{x}}", Jid.Parse(address), 1.26))).Single()
            .ShouldEndWith($" information: {shown} 1.3 {{x}}");

    [Theory]
    [InlineData(LogFormat.Text)]
    [InlineData(LogFormat.Json)]
    public async Task Nothing_steers_a_terminal_or_makes_a_second_line(object format)
    {
        var line = (await LinesAsync((LogFormat)format, full: false, log => log.LogError(new InvalidOperationException("a\nb"), "from {Peer}", "x\u001b[31m\r\ny\u2028z"))).Single();
        line.ShouldAllBe(c => !char.IsControl(c) && c != '\u2028');
        line.ShouldContain("[31m");
    }

    [Fact]
    public async Task A_line_is_bounded() =>
        (await LinesAsync(LogFormat.Text, full: false, log => log.LogInformation("{X}", new string('x', 100_000)))).Single().Length.ShouldBeLessThan(9000);

    [Fact]
    public async Task What_is_less_is_left_out() =>
        (await LinesAsync(LogFormat.Text, full: false, log => log.LogDebug("quiet"))).ShouldBeEmpty();

    [Fact]
    public async Task A_reader_that_stops_holds_nobody_up_and_the_loss_is_said()
    {
        var gate = new GatedWriter();
        var output = new LogOutput(gate);
        output.Add("first");
        await gate.Entered.WaitAsync(TimeSpan.FromSeconds(10));
        for (var i = 0; i < LogOutput.Capacity + 10; i++) output.Add("more");
        gate.Open();
        await output.DisposeAsync();
        gate.Lines.Count.ShouldBe(1 + LogOutput.Capacity + 1);
        gate.Lines.ShouldContain("… 10 lines dropped: whoever reads the log was too slow");
    }

    private static async Task<IReadOnlyList<string>> LinesAsync(LogFormat format, bool full, Action<ILogger> act)
    {
        var writer = new StringWriter();
        await using (var output = new LogOutput(writer))
        {
            using var loggers = new DaemonLoggerFactory(new LogRenderer(format, full, new ManualTime()), output, LogLevel.Information);
            act(loggers.CreateLogger("x"));
        }

        return writer.ToString().Split(writer.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class GatedWriter : StringWriter
    {
        private readonly ManualResetEventSlim _gate = new();
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Entered => _entered.Task;

        public List<string> Lines { get; } = [];

        public void Open() => _gate.Set();

        public override void WriteLine(string? value)
        {
            _entered.TrySetResult();
            _gate.Wait();
            Lines.Add(value!);
        }
    }
}
