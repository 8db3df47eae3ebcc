using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.JabberFs.JabberFsInput;
using Output = Ferry.Protocol.JabberFs.JabberFsOutput;

namespace Ferry.Protocol.Tests.JabberFs;

/// <summary>The stanzas of the proposal of 2002, and the flows that it tells with them.</summary>
public sealed class SeedOf2002Tests
{
    private static readonly DateTimeOffset Now = new(2002, 2, 12, 20, 45, 0, TimeSpan.Zero);
    private static readonly List<Iq> Printed = Read();

    [Fact]
    public void Every_stanza_is_read_and_fits_its_place()
    {
        JabberFsPlace[] places =
        [
            JabberFsPlace.SendProposal, JabberFsPlace.SendAnswer, JabberFsPlace.SendAnswer, JabberFsPlace.SendAnswer, JabberFsPlace.Update, JabberFsPlace.SendAnswer,
            JabberFsPlace.GetProposal, JabberFsPlace.GetAnswer, JabberFsPlace.GetProposal, JabberFsPlace.GetAnswer, JabberFsPlace.GetAnswer, JabberFsPlace.GetAnswer,
            JabberFsPlace.Update, JabberFsPlace.GetAnswer, JabberFsPlace.Update, JabberFsPlace.Update,
        ];
        Printed.Count.ShouldBe(places.Length);
        for (var i = 0; i < places.Length; i++)
        {
            JabberFsStanza.IsLegacy(Printed[i].Payload!).ShouldBeTrue();
            Stanza(i).ProblemAt(places[i], JabberFsDialect.Legacy).ShouldBeNull($"stanza {i}");
            Stanza(i).Sid.ShouldBe("file_1");
        }
    }

    // So an old client reads what we write: the same children, in the order that was printed.
    [Fact]
    public void Every_stanza_is_written_as_it_was_printed()
    {
        for (var i = 0; i < Printed.Count; i++)
        {
            var written = Stanza(i).ToElement(JabberFsDialect.Legacy);
            written.Children.Select(child => (child.Name, child.Text)).ShouldBe(Printed[i].Payload!.Children.Select(child => (child.Name, child.Text)), $"stanza {i}");
        }
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0, 2, 13000)]
    public void Faust_sends_to_Mephistos_port(int proposal, int answer, long start)
    {
        var faust = Transfer(proposal, isProposer: true, isSender: true);
        Show(faust, new Input.Begin()).ShouldBe("SendProposal");
        Show(faust, new Input.Answered(Stanza(answer))).ShouldBe("Judge");
        Show(faust, new Input.Judged(null)).ShouldBe("Connect 66.66.66.66:6666");
        Show(faust, new Input.Connected()).ShouldBe($"Move {start}..35012");
        Show(faust, new Input.Transferred()).ShouldBe("Done False");
    }

    [Fact]
    public void Faust_opens_a_port_for_a_Mephisto_behind_a_firewall()
    {
        var faust = Transfer(0, isProposer: true, isSender: true);
        var mephisto = Transfer(0, isProposer: false, isSender: false);
        Show(faust, new Input.Begin());
        Show(mephisto, new Input.Begin()).ShouldBe("AskUser");
        Show(mephisto, new Input.Accept(35012, 13000, [], [])).ShouldBe("OpenPort");
        Show(mephisto, new Input.PortFailed("a firewall")).ShouldBe("SendAnswer");
        Show(faust, new Input.Answered(Stanza(3)));
        Show(faust, new Input.Judged(null)).ShouldBe("OpenPort");
        Show(faust, new Input.PortOpen(["12.34.56.78"], 1234, "unused")).ShouldBe("SendUpdate");
        Show(mephisto, new Input.Arrived(Stanza(4), "file_1")).ShouldBe("Acknowledge Connect 12.34.56.78:1234");
        Show(mephisto, new Input.Connected()).ShouldBe("Move 13000..35012");
        Show(faust, new Input.Connected()).ShouldBe("ClosePort Move 13000..35012");
    }

    [Theory]
    [InlineData(6, 7, 0, 3050122)]
    [InlineData(8, 9, 66000, 3050122)]
    [InlineData(8, 10, 0, 3050743)]
    public void Faust_gets_the_file_or_its_rest_or_another_size(int proposal, int answer, long start, long size)
    {
        var faust = Transfer(proposal, isProposer: true, isSender: false);
        Show(faust, new Input.Begin());
        Show(faust, new Input.Answered(Stanza(answer)));
        Show(faust, new Input.Judged(null)).ShouldBe("Connect 66.66.66.66:6666");
        Show(faust, new Input.Connected()).ShouldBe($"Move {start}..{size}");
    }

    [Fact]
    public void Mephisto_does_not_want_it_and_a_timeout_changes_sides()
    {
        var refused = Transfer(0, isProposer: true, isSender: true);
        Show(refused, new Input.Begin());
        Show(refused, new Input.Answered(Stanza(5))).ShouldBe("Ended Refused");

        var faust = Transfer(0, isProposer: true, isSender: true);
        Show(faust, new Input.Begin());
        Show(faust, new Input.Answered(Stanza(1)));
        Show(faust, new Input.Judged(null));
        Show(faust, new Input.Arrived(Stanza(14), "file_1")).ShouldBe("Acknowledge Drop OpenPort");
    }

    private static List<Iq> Read()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "JabberFs", "seed-2002.xml"));
        text = string.Concat(text.Split("<!--").Select((part, i) => i == 0 ? part : part[(part.IndexOf("-->", StringComparison.Ordinal) + 3)..]));
        return [.. TestXml.Parse(text.Trim()).Children.Select(child => Iq.TryParse(child, out var iq) ? iq : throw new ShouldAssertException(child.ToString()))];
    }

    private static JabberFsStanza Stanza(int index)
    {
        JabberFsStanza.TryParse(Printed[index].Payload!, JabberFsDialect.Legacy, Printed[index].Id, out var stanza, out var error).ShouldBeTrue($"{index}: {error}");
        return stanza!;
    }

    private static JabberFsTransfer Transfer(int proposal, bool isProposer, bool isSender) => new(new JabberFsTerms(Stanza(proposal), isProposer, isSender, JabberFsDialect.Legacy));

    private static string Show(JabberFsTransfer machine, Input input) => string.Join(" ", machine.Handle(input, Now).Select(output => output switch
    {
        Output.Connect connect => $"Connect {connect.Hosts[0]}:{connect.Port}",
        Output.Move move => $"Move {move.Start}..{move.Size}",
        Output.Done done => $"Done {done.Confirmed}",
        Output.Ended ended => $"Ended {ended.Reason}",
        _ => output.GetType().Name,
    }));
}
