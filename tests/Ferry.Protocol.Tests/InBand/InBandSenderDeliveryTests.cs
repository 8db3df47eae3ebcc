using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.InBand.InBandSenderInput;
using Output = Ferry.Protocol.InBand.InBandSenderOutput;

namespace Ferry.Protocol.Tests.InBand;

/// <summary>What the sender knows to be kept when the other end goes, gives up or says nothing.</summary>
public sealed class InBandSenderDeliveryTests
{
    private static readonly InBandSenderOptions Telling = new(1024) { ExpectedBytes = 20, TellsWhetherKept = true };

    [Theory]
    [InlineData("gone")]
    [InlineData("closed")]
    [InlineData("lost")]
    public void Acknowledged_bytes_of_a_known_number_are_delivered_whatever_happens_next(string what)
    {
        var machine = DrivenInBandSender.Opened(new InBandSenderOptions(1024) { ExpectedBytes = 1034 });
        machine.Show(new Input.BlockReady(1024)).ShouldBe("SendData(0) NeedBlock(1024)");
        machine.Show(new Input.BlockReady(10)).ShouldBe("SendData(1)");
        machine.Show(new Input.BlockAcked(0)).ShouldBe("-");
        machine.Show(new Input.BlockAcked(1)).ShouldBe("Delivered SendClose");
        Input next = what switch { "gone" => new Input.PeerGone(), "closed" => new Input.PeerClosed(), _ => new Input.StreamLost() };
        machine.Show(next).ShouldBe("Ended");
    }

    /// <summary>The last acknowledgement and the close are one packet where the receiver's disk is full at the last byte: both wait when the machine takes the first.</summary>
    [Theory]
    [InlineData("closed", "Ended(CancelledByPeer)")]
    [InlineData("refused", "Ended(CancelledByPeer)")]
    [InlineData("forgotten", "Ended")]
    public void Acknowledged_bytes_of_an_unknown_number_are_kept_only_by_a_receiver_that_does_not_give_up(string what, string end)
    {
        var machine = DrivenInBandSender.Opened(new InBandSenderOptions(1024));
        machine.Handle(new Input.BlockReady(10));
        machine.Handle(new Input.SourceEnded());
        machine.Show(new Input.BlockAcked(0)).ShouldBe("SendClose");
        Input next = what switch { "closed" => new Input.PeerClosed(), "refused" => new Input.CloseAnswered(InBandErrors.NotKept), _ => new Input.CloseAnswered(InBandErrors.UnknownStream) };
        machine.Show(next).ShouldBe(end);
    }

    [Fact]
    public void A_source_that_ends_before_its_number_is_not_waited_for()
    {
        var machine = DrivenInBandSender.Opened(new InBandSenderOptions(1024) { ExpectedBytes = 100 });
        machine.Handle(new Input.BlockReady(10));
        machine.Handle(new Input.SourceEnded());
        machine.Show(new Input.BlockAcked(0)).ShouldBe("Delivered SendClose");
    }

    [Fact]
    public void A_peer_that_goes_with_a_block_unanswered_is_absent_though_the_number_is_known()
    {
        var machine = DrivenInBandSender.Opened(new InBandSenderOptions(1024) { ExpectedBytes = 10 });
        machine.Show(new Input.BlockReady(10)).ShouldBe("SendData(0)");
        machine.Show(new Input.PeerGone()).ShouldBe("Ended(Absent)");
    }

    /// <summary>Its last acknowledgement was lost with its session: it has everything, and says so when it is there again.</summary>
    [Theory]
    [InlineData("kept", "Ended")]
    [InlineData("not kept", "Ended(CancelledByPeer)")]
    [InlineData("forgotten", "Ended(Absent)")]
    [InlineData("wait", "-")]
    public void A_peer_that_goes_with_its_last_acknowledgements_is_asked_when_it_is_back(string word, string end)
    {
        var machine = AllSent(Telling);
        machine.Show(new Input.PeerGone()).ShouldBe("-");
        machine.Show(new Input.PeerBack()).ShouldBe("SendClose");
        StanzaError? error = word switch { "kept" => null, "not kept" => InBandErrors.NotKept, "wait" => Refusals.ForNow, _ => InBandErrors.UnknownStream };
        machine.Show(new Input.CloseAnswered(error)).ShouldBe(end);
        machine.IsOver.ShouldBe(word != "wait");
    }

    [Fact]
    public void A_peer_that_does_not_come_back_is_asked_more_and_more_seldom_and_then_absent()
    {
        var machine = AllSent(Telling);
        machine.Show(new Input.PeerGone()).ShouldBe("-");
        var end = machine.Now.AddSeconds(120);
        foreach (var wait in (int[])[1, 2, 4, 8, 15, 15, 15, 15, 15, 15])
        {
            machine.NextDeadline.ShouldBe(machine.Now.AddSeconds(wait));
            machine.GoToDeadline();
            machine.Show(new Input.Tick()).ShouldBe("SendClose");
            machine.NextDeadline.ShouldBe(end);
            machine.Show(new Input.CloseAnswered(Refusals.Away)).ShouldBe("-");
        }

        machine.Now = end;
        var ended = machine.Handle(new Input.Tick()).OfType<Output.Ended>().ShouldHaveSingleItem();
        ended.Reason.ShouldBe(FailureReason.Absent);
        ended.Text.ShouldNotBeNull().ShouldContain("everything was sent, but the other end has not confirmed that it kept it");
    }

    [Fact]
    public void A_question_that_went_down_with_our_own_stream_is_asked_again()
    {
        var machine = AllSent(Telling);
        machine.Show(new Input.StreamLost()).ShouldBe("-");
        machine.GoToDeadline();
        machine.Show(new Input.Tick()).ShouldBe("SendClose");
        machine.Show(new Input.StreamLost()).ShouldBe("-");
        machine.GoToDeadline();
        machine.Show(new Input.Tick()).ShouldBe("SendClose");
        machine.Show(new Input.CloseAnswered()).ShouldBe("Ended");
    }

    [Fact]
    public void Acknowledgements_that_come_after_all_are_as_good()
    {
        var machine = AllSent(Telling);
        machine.Show(new Input.PeerGone()).ShouldBe("-");
        machine.Show(new Input.BlockAcked(0)).ShouldBe("-");
        machine.Show(new Input.BlockAcked(1)).ShouldBe("Delivered SendClose");
    }

    /// <summary>The server answers for a peer that is gone.</summary>
    [Fact]
    public void Blocks_that_come_back_from_the_server_are_asked_for_too()
    {
        var machine = AllSent(Telling);
        machine.Show(new Input.BlockRefused(0, Refusals.Away)).ShouldBe("-");
        machine.Show(new Input.BlockRefused(1, Refusals.Away)).ShouldBe("-");
        machine.Show(new Input.PeerBack()).ShouldBe("SendClose");
    }

    [Theory]
    [InlineData("gone", FailureReason.Absent)]
    [InlineData("lost", FailureReason.StreamLost)]
    [InlineData("silent", FailureReason.Stalled)]
    public void A_peer_that_says_nothing_of_the_kind_is_not_asked_and_the_words_say_what_is_known(string what, FailureReason reason)
    {
        var machine = AllSent(Telling with { TellsWhetherKept = false });
        if (what == "silent") machine.GoToDeadline();
        Input input = what switch { "gone" => new Input.PeerGone(), "lost" => new Input.StreamLost(), _ => new Input.Tick() };
        var ended = machine.Handle(input).OfType<Output.Ended>().ShouldHaveSingleItem();
        ended.Reason.ShouldBe(reason);
        ended.Text.ShouldNotBeNull().ShouldContain("everything was sent, but the other end has not confirmed that it kept it");
    }

    [Theory]
    [InlineData("kept", "Ended")]
    [InlineData("not kept", "Ended(CancelledByPeer)")]
    [InlineData("gone", "Ended")]
    [InlineData("nothing", "Ended")]
    public void The_word_of_a_receiver_that_tells_is_awaited_where_that_is_wanted(string what, string end)
    {
        var machine = AllSent(Telling with { AwaitsWord = true });
        machine.Handle(new Input.BlockAcked(0));
        machine.Show(new Input.BlockAcked(1)).ShouldBe("SendClose");
        if (what == "nothing") machine.GoToDeadline();
        machine.Show(what switch { "kept" => new Input.CloseAnswered(), "gone" => new Input.PeerGone(), "nothing" => new Input.Tick(), _ => new Input.CloseAnswered(InBandErrors.NotKept) }).ShouldBe(end);
    }

    private static DrivenInBandSender AllSent(InBandSenderOptions options)
    {
        var machine = DrivenInBandSender.Opened(options);
        machine.Handle(new Input.BlockReady(10));
        machine.Handle(new Input.BlockReady(10));
        return machine;
    }
}
