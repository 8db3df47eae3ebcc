using Ferry.Cli.Connecting;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Testing.Time;

namespace Ferry.Cli.Tests.Reports;

public class TextReportTests
{
    private static readonly Jid Peer = Jid.Parse("bob@example.org/x");
    private readonly ManualTime _time = new();

    [Fact]
    public void On_a_terminal_each_transfer_has_a_bar_that_goes_when_it_ends()
    {
        var terminal = new RecordingTerminal { CanRedraw = true, Width = 120 };
        using var report = new TextReport(terminal, Direction.Receiving, Verbosity.Normal, _time);

        report.Offered("t", Peer, "film.mkv", 3_000_000_000, "si");
        report.Progressed(new TransferProgress("t", 1_260_000_000, 3_000_000_000, 104_000_000, "s5b-direct"));

        var drawn = terminal.Errors;
        drawn.ShouldContain("film.mkv");
        drawn.ShouldContain(" 42%  1.3 GB of 3.0 GB  104 MB/s  17 s left  s5b-direct");
        drawn.ShouldContain("━─");
        report.Ended(Outcomes.Done("t", Peer, "film.mkv") with { Path = "/in/film.mkv" });
        terminal.Errors[drawn.Length..].ShouldStartWith("\u001b[1A\r\u001b[J");
        terminal.Errors[drawn.Length..].ShouldNotContain('━');
        terminal.Output.ShouldBe("/in/film.mkv\n");
    }

    [Fact]
    public void The_speed_is_that_of_the_bytes_and_not_of_the_person_who_was_asked()
    {
        var terminal = new RecordingTerminal();
        using var report = new TextReport(terminal, Direction.Sending, Verbosity.Normal, _time);

        _time.Advance(TimeSpan.FromSeconds(60));
        report.Attempted(new Attempt("t", "si", "ibb", AttemptResult.Chosen));
        _time.Advance(TimeSpan.FromSeconds(3));
        report.Ended(Outcomes.Done("t", Peer, "film.mkv") with { Duration = TimeSpan.FromSeconds(63) });

        terminal.Output.ShouldContain("3.0 MB by s5b-direct in 3.0 s (1.0 MB/s)");
    }

    [Fact]
    public void Anything_else_that_is_said_goes_above_the_bars()
    {
        var terminal = new RecordingTerminal { CanRedraw = true, Width = 120 };
        using var report = new TextReport(terminal, Direction.Sending, Verbosity.Normal, _time);
        report.Progressed(new TransferProgress("t", 1, 3, 0, "ibb"));
        var before = terminal.Errors.Length;

        terminal.SayNote("cancelling");

        terminal.Errors[before..].ShouldStartWith("\u001b[1A\r\u001b[Jferry: cancelling\n\u001b[?7l");
    }

    [Fact]
    public void A_stalled_transfer_says_so()
    {
        var terminal = new RecordingTerminal { CanRedraw = true, Width = 120 };
        using var report = new TextReport(terminal, Direction.Sending, Verbosity.Normal, _time);

        report.Progressed(new TransferProgress("t", 1, 3, 0, "ibb", TimeSpan.FromSeconds(12)));

        terminal.Errors.ShouldContain("stalled 12s  ibb");
    }

    [Fact]
    public void Elsewhere_there_is_a_line_now_and_then()
    {
        var terminal = new RecordingTerminal();
        using var report = new TextReport(terminal, Direction.Sending, Verbosity.Normal, _time);
        report.Offered("t", Peer, "film.mkv", 100, "si");
        var before = terminal.Errors.Length;

        for (var second = 0; second <= 12; second++)
        {
            report.Progressed(new TransferProgress("t", second, 100, 1, "ibb"));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var lines = terminal.Errors[before..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        lines[0].ShouldBe("ferry: film.mkv:   5%  5 B of 100 B  1 B/s  1:35 left  ibb");
        terminal.Errors.ShouldNotContain('\u001b');
    }

    [Fact]
    public void Colours_are_only_used_where_they_are_wanted()
    {
        var plain = new RecordingTerminal { CanRedraw = true, Width = 120 };
        var colourful = new RecordingTerminal { CanRedraw = true, Colours = true, Width = 120 };
        foreach (var terminal in new[] { plain, colourful })
        {
            using var report = new TextReport(terminal, Direction.Sending, Verbosity.Normal, _time);
            report.Progressed(new TransferProgress("t", 1, 2, 1, "ibb"));
        }

        plain.Errors.ShouldNotContain("\u001b[32m");
        colourful.Errors.ShouldContain("\u001b[32m");
    }

    [Fact]
    public void Verbose_tells_every_attempt()
    {
        var terminal = new RecordingTerminal();
        using var report = new TextReport(terminal, Direction.Sending, Verbosity.Verbose, _time);

        report.Offered("t", Peer, "film.mkv", null, "si");
        report.Attempted(new Attempt("t", "si", "s5b-direct", AttemptResult.Failed, "no answer\u001b[2J"));

        terminal.Errors.ShouldContain("ferry: film.mkv: si with s5b-direct did not work: no answer\\u{1b}[2J");
    }
}
