using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.InBand.InBandSenderInput;
using Output = Ferry.Protocol.InBand.InBandSenderOutput;

namespace Ferry.Protocol.Tests.InBand;

public sealed class InBandSenderTests
{
    private static readonly StanzaError Wait = new(ErrorType.Wait, ErrorCondition.RecipientUnavailable);
    private static readonly StanzaError Smaller = new(ErrorType.Modify, ErrorCondition.ResourceConstraint);

    private static readonly StanzaError NotKept = InBandErrors.NotKept;
    private static readonly StanzaError Away = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);

    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Start", new Input.Start()),
        ("OpenAnswered", new Input.OpenAnswered()),
        ("OpenRefused smaller", new Input.OpenRefused(Smaller)),
        ("OpenRefused", new Input.OpenRefused(InBandErrors.NotWanted)),
        ("BlockReady", new Input.BlockReady(10)),
        ("SourceEnded", new Input.SourceEnded()),
        ("BlockAcked 0", new Input.BlockAcked(0)),
        ("BlockAcked 9", new Input.BlockAcked(9)),
        ("BlockRefused 0 wait", new Input.BlockRefused(0, Wait)),
        ("BlockRefused 0", new Input.BlockRefused(0, InBandErrors.UnknownStream)),
        ("BlockRefused 9", new Input.BlockRefused(9, InBandErrors.UnknownStream)),
        ("PingAnswered", new Input.PingAnswered()),
        ("PeerClosed", new Input.PeerClosed()),
        ("CloseAnswered", new Input.CloseAnswered()),
        ("CloseAnswered not kept", new Input.CloseAnswered(NotKept)),
        ("CloseAnswered away", new Input.CloseAnswered(Away)),
        ("CloseAnswered unknown", new Input.CloseAnswered(InBandErrors.UnknownStream)),
        ("Tick", new Input.Tick()),
        ("Cancel", new Input.Cancel()),
        ("PeerGone", new Input.PeerGone()),
        ("PeerBack", new Input.PeerBack()),
        ("StreamLost", new Input.StreamLost()),
    ];

    private static readonly (string Name, Input[] Path)[] States =
    [
        ("Idle", []),
        ("Opening", [new Input.Start()]),
        ("Open, nothing sent", [new Input.Start(), new Input.OpenAnswered()]),
        ("Open, one sent", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10)]),
        ("Open, waiting to send again", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.BlockRefused(0, Wait)]),
        ("Open, drained", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.SourceEnded()]),
        ("Closing", [new Input.Start(), new Input.OpenAnswered(), new Input.SourceEnded()]),
        ("Asking", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.SourceEnded(), new Input.PeerGone()]),
        ("Asking, asked", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.SourceEnded(), new Input.PeerGone(), new Input.PeerBack()]),
        ("Ended", [new Input.Cancel()]),
    ];

    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(Inputs.Select(input => input.Input));
        var lines = from state in States from input in Inputs select $"{state.Name} | {input.Name} | {Try(state.Path, input.Input)}";

        lines.ShouldBeLines(Table);

        string Try(Input[] path, Input input)
        {
            var machine = new InBandSender(new InBandSenderOptions(1024) { TellsWhetherKept = true });
            foreach (var step in path) machine.Handle(step, _now);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? _now));
        }
    }

    [Fact]
    public void A_refused_block_size_is_halved_down_to_256()
    {
        var machine = new InBandSender(new InBandSenderOptions(2048));
        Show(machine, new Input.Start()).ShouldBe("SendOpen(2048,Iq)");
        Show(machine, new Input.OpenRefused(Smaller)).ShouldBe("SendOpen(1024,Iq)");
        Show(machine, new Input.OpenRefused(Smaller)).ShouldBe("SendOpen(512,Iq)");
        Show(machine, new Input.OpenRefused(Smaller)).ShouldBe("SendOpen(256,Iq)");
        Show(machine, new Input.OpenRefused(Smaller)).ShouldBe("Ended(NotSupported,true)");
    }

    [Theory]
    [InlineData(ErrorCondition.FeatureNotImplemented)]
    [InlineData(ErrorCondition.ServiceUnavailable)]
    public void Refused_messages_become_iqs(ErrorCondition condition)
    {
        var machine = new InBandSender(new InBandSenderOptions(1024, InBandStanza.Message));
        var error = new StanzaError(ErrorType.Cancel, condition);
        Show(machine, new Input.Start()).ShouldBe("SendOpen(1024,Message)");
        Show(machine, new Input.OpenRefused(error)).ShouldBe("SendOpen(1024,Iq)");
        Show(machine, new Input.OpenRefused(error)).ShouldBe("Ended(NotSupported,true)");
    }

    [Fact]
    public void A_block_refused_for_now_is_sent_again_after_2_5_and_10_seconds()
    {
        var machine = Opened(1024);
        Show(machine, new Input.BlockReady(10)).ShouldBe("SendData(0) NeedBlock(1024)");
        foreach (var seconds in (int[])[2, 5, 10])
        {
            Show(machine, new Input.BlockRefused(0, Wait)).ShouldBe("-");
            machine.NextDeadline.ShouldBe(_now.AddSeconds(seconds));
            Show(machine, new Input.Tick()).ShouldBe("-");
            _now = machine.NextDeadline!.Value;
            Show(machine, new Input.Tick()).ShouldBe("ResendData(0)");
        }

        Show(machine, new Input.BlockRefused(0, Wait)).ShouldBe("SendClose Ended(Absent)");
    }

    [Fact]
    public void Nothing_overtakes_a_block_that_is_sent_again()
    {
        var machine = Opened(1024);
        Handle(machine, new Input.BlockReady(10));
        Handle(machine, new Input.BlockRefused(0, Wait));
        Show(machine, new Input.BlockReady(11)).ShouldBe("-");
        _now = machine.NextDeadline!.Value;
        Show(machine, new Input.Tick()).ShouldBe("ResendData(0)");
        Show(machine, new Input.BlockAcked(0)).ShouldBe("SendData(1) NeedBlock(1024)");
    }

    [Fact]
    public void A_block_with_others_after_it_is_not_sent_again()
    {
        var machine = Opened(1024);
        Handle(machine, new Input.BlockReady(10));
        Handle(machine, new Input.BlockReady(10));

        Show(machine, new Input.BlockRefused(0, Wait)).ShouldBe("SendClose Ended(Absent)");
    }

    [Fact]
    public void The_first_window_is_two_blocks()
    {
        var machine = Opened(4096);
        Show(machine, new Input.BlockReady(4096)).ShouldBe("SendData(0) NeedBlock(4096)");
        Show(machine, new Input.BlockReady(4096)).ShouldBe("SendData(1)");
        Show(machine, new Input.BlockAcked(0)).ShouldBe("NeedBlock(4096)");
    }

    [Fact]
    public void A_large_block_goes_alone()
    {
        var machine = Opened(65535);
        Show(machine, new Input.BlockReady(65535)).ShouldBe("SendData(0)");
    }

    [Fact]
    public void Sixty_seconds_without_an_acknowledgement_end_it()
    {
        var machine = Opened(4096);
        machine.NextDeadline.ShouldBeNull(); // a slow source is no failure
        Handle(machine, new Input.BlockReady(4096));
        _now = _now.AddSeconds(50);
        Handle(machine, new Input.BlockReady(4096));
        machine.NextDeadline.ShouldBe(_now.AddSeconds(10));
        Handle(machine, new Input.BlockAcked(0));
        machine.NextDeadline.ShouldBe(_now.AddSeconds(60));
        _now = _now.AddSeconds(60);
        Show(machine, new Input.Tick()).ShouldBe("SendClose Ended(Stalled)");
    }

    [Fact]
    public void Messages_wait_for_a_ping_after_each_sixteen_and_at_the_end()
    {
        var machine = new InBandSender(new InBandSenderOptions(1024, InBandStanza.Message));
        Handle(machine, new Input.Start());
        Show(machine, new Input.OpenAnswered()).ShouldBe("NeedBlock(1024)");
        for (var i = 0; i < 15; i++) Show(machine, new Input.BlockReady(1)).ShouldBe($"SendData({i}) NeedBlock(1024)");
        machine.NextDeadline.ShouldBeNull();
        Show(machine, new Input.BlockReady(1)).ShouldBe("SendData(15) SendPing");
        machine.NextDeadline.ShouldBe(_now.AddSeconds(60));
        Show(machine, new Input.PingAnswered()).ShouldBe("NeedBlock(1024)");
        Show(machine, new Input.BlockReady(1)).ShouldBe("SendData(16) NeedBlock(1024)");
        Show(machine, new Input.SourceEnded()).ShouldBe("SendPing");
        Show(machine, new Input.PingAnswered()).ShouldBe("SendClose");
        Show(machine, new Input.CloseAnswered()).ShouldBe("Ended");
    }

    [Fact]
    public void An_unanswered_ping_ends_it()
    {
        var machine = new InBandSender(new InBandSenderOptions(1024, InBandStanza.Message));
        foreach (var input in (Input[])[new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(1), new Input.SourceEnded()]) Handle(machine, input);
        _now = machine.NextDeadline!.Value;

        Show(machine, new Input.Tick()).ShouldBe("SendClose Ended(Stalled)");
    }

    [Fact]
    public void Nothing_to_send_is_open_and_close()
    {
        var machine = Opened(1024);
        Show(machine, new Input.SourceEnded()).ShouldBe("SendClose");
        machine.NextDeadline.ShouldBe(_now.AddSeconds(10));
        _now = _now.AddSeconds(10);
        Show(machine, new Input.Tick()).ShouldBe("Ended");
        machine.IsOver.ShouldBeTrue();
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("closed")]
    [InlineData("lost")]
    public void Acknowledged_bytes_of_a_known_number_are_delivered_whatever_happens_next(string what)
    {
        var machine = new InBandSender(new InBandSenderOptions(1024) { ExpectedBytes = 1034 });
        Handle(machine, new Input.Start());
        Handle(machine, new Input.OpenAnswered());
        Show(machine, new Input.BlockReady(1024)).ShouldBe("SendData(0) NeedBlock(1024)");
        Show(machine, new Input.BlockReady(10)).ShouldBe("SendData(1)");
        Show(machine, new Input.BlockAcked(0)).ShouldBe("-");
        Show(machine, new Input.BlockAcked(1)).ShouldBe("Delivered SendClose");
        Input next = what switch { "gone" => new Input.PeerGone(), "closed" => new Input.PeerClosed(), _ => new Input.StreamLost() };
        Show(machine, next).ShouldBe("Ended");
    }

    /// <summary>The last acknowledgement and the close are one packet where the receiver's disk is full at the last byte: both wait when the machine takes the first.</summary>
    [Theory]
    [InlineData("closed", "Ended(CancelledByPeer)")]
    [InlineData("refused", "Ended(CancelledByPeer)")]
    [InlineData("forgotten", "Ended")]
    public void Acknowledged_bytes_of_an_unknown_number_are_kept_only_by_a_receiver_that_does_not_give_up(string what, string end)
    {
        var machine = Opened(1024);
        Handle(machine, new Input.BlockReady(10));
        Handle(machine, new Input.SourceEnded());
        Show(machine, new Input.BlockAcked(0)).ShouldBe("SendClose");
        Input next = what switch { "closed" => new Input.PeerClosed(), "refused" => new Input.CloseAnswered(NotKept), _ => new Input.CloseAnswered(InBandErrors.UnknownStream) };
        Show(machine, next).ShouldBe(end);
    }

    [Fact]
    public void A_peer_that_goes_with_a_block_unanswered_is_absent_though_the_number_is_known()
    {
        var machine = new InBandSender(new InBandSenderOptions(1024) { ExpectedBytes = 10 });
        Handle(machine, new Input.Start());
        Handle(machine, new Input.OpenAnswered());
        Show(machine, new Input.BlockReady(10)).ShouldBe("SendData(0)");
        Show(machine, new Input.PeerGone()).ShouldBe("Ended(Absent)");
    }

    private static readonly InBandSenderOptions Telling = new(1024) { ExpectedBytes = 20, TellsWhetherKept = true };

    /// <summary>Its last acknowledgement was lost with its session: it has everything, and says so when it is there again.</summary>
    [Theory]
    [InlineData("kept", "Ended")]
    [InlineData("not kept", "Ended(CancelledByPeer)")]
    [InlineData("forgotten", "Ended(Absent)")]
    [InlineData("wait", "-")]
    public void A_peer_that_goes_with_its_last_acknowledgements_is_asked_when_it_is_back(string word, string end)
    {
        var machine = AllSent(Telling);
        Show(machine, new Input.PeerGone()).ShouldBe("-");
        Show(machine, new Input.PeerBack()).ShouldBe("SendClose");
        StanzaError? error = word switch { "kept" => null, "not kept" => NotKept, "wait" => Wait, _ => InBandErrors.UnknownStream };
        Show(machine, new Input.CloseAnswered(error)).ShouldBe(end);
        machine.IsOver.ShouldBe(word != "wait");
    }

    [Fact]
    public void A_peer_that_does_not_come_back_is_asked_more_and_more_seldom_and_then_absent()
    {
        var machine = AllSent(Telling);
        Show(machine, new Input.PeerGone()).ShouldBe("-");
        var end = _now.AddSeconds(120);
        foreach (var wait in (int[])[1, 2, 4, 8, 15, 15, 15, 15, 15, 15])
        {
            machine.NextDeadline.ShouldBe(_now.AddSeconds(wait));
            _now = machine.NextDeadline!.Value;
            Show(machine, new Input.Tick()).ShouldBe("SendClose");
            machine.NextDeadline.ShouldBe(end);
            Show(machine, new Input.CloseAnswered(Away)).ShouldBe("-");
        }

        _now = end;
        var ended = Handle(machine, new Input.Tick()).OfType<Output.Ended>().ShouldHaveSingleItem();
        ended.Reason.ShouldBe(FailureReason.Absent);
        ended.Text.ShouldNotBeNull().ShouldContain("everything was sent, but the other end has not confirmed that it kept it");
    }

    [Fact]
    public void A_question_that_went_down_with_our_own_stream_is_asked_again()
    {
        var machine = AllSent(Telling);
        Show(machine, new Input.StreamLost()).ShouldBe("-");
        _now = machine.NextDeadline!.Value;
        Show(machine, new Input.Tick()).ShouldBe("SendClose");
        Show(machine, new Input.StreamLost()).ShouldBe("-");
        _now = machine.NextDeadline!.Value;
        Show(machine, new Input.Tick()).ShouldBe("SendClose");
        Show(machine, new Input.CloseAnswered()).ShouldBe("Ended");
    }

    [Fact]
    public void Acknowledgements_that_come_after_all_are_as_good()
    {
        var machine = AllSent(Telling);
        Show(machine, new Input.PeerGone()).ShouldBe("-");
        Show(machine, new Input.BlockAcked(0)).ShouldBe("-");
        Show(machine, new Input.BlockAcked(1)).ShouldBe("Delivered SendClose");
    }

    /// <summary>The server answers for a peer that is gone.</summary>
    [Fact]
    public void Blocks_that_come_back_from_the_server_are_asked_for_too()
    {
        var machine = AllSent(Telling);
        Show(machine, new Input.BlockRefused(0, Away)).ShouldBe("-");
        Show(machine, new Input.BlockRefused(1, Away)).ShouldBe("-");
        Show(machine, new Input.PeerBack()).ShouldBe("SendClose");
    }

    [Theory]
    [InlineData("gone", FailureReason.Absent)]
    [InlineData("lost", FailureReason.StreamLost)]
    [InlineData("silent", FailureReason.Stalled)]
    public void A_peer_that_says_nothing_of_the_kind_is_not_asked_and_the_words_say_what_is_known(string what, FailureReason reason)
    {
        var machine = AllSent(Telling with { TellsWhetherKept = false });
        if (what == "silent") _now = machine.NextDeadline!.Value;
        Input input = what switch { "gone" => new Input.PeerGone(), "lost" => new Input.StreamLost(), _ => new Input.Tick() };
        var ended = Handle(machine, input).OfType<Output.Ended>().ShouldHaveSingleItem();
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
        Handle(machine, new Input.BlockAcked(0));
        Show(machine, new Input.BlockAcked(1)).ShouldBe("SendClose");
        if (what == "nothing") _now = machine.NextDeadline!.Value;
        Show(machine, what switch { "kept" => new Input.CloseAnswered(), "gone" => new Input.PeerGone(), "nothing" => new Input.Tick(), _ => new Input.CloseAnswered(NotKept) }).ShouldBe(end);
    }

    private InBandSender AllSent(InBandSenderOptions options)
    {
        var machine = new InBandSender(options);
        Handle(machine, new Input.Start());
        Handle(machine, new Input.OpenAnswered());
        Handle(machine, new Input.BlockReady(10));
        Handle(machine, new Input.BlockReady(10));
        return machine;
    }

    [Fact]
    public void A_source_that_ends_before_its_number_is_not_waited_for()
    {
        var machine = new InBandSender(new InBandSenderOptions(1024) { ExpectedBytes = 100 });
        Handle(machine, new Input.Start());
        Handle(machine, new Input.OpenAnswered());
        Handle(machine, new Input.BlockReady(10));
        Handle(machine, new Input.SourceEnded());
        Show(machine, new Input.BlockAcked(0)).ShouldBe("Delivered SendClose");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1025)]
    public void A_block_of_another_length_than_asked_for_is_misuse(int length) =>
        Should.Throw<InvalidOperationException>(() => Handle(Opened(1024), new Input.BlockReady(length)));

    [Fact]
    public void The_failure_names_the_peers_words()
    {
        var machine = Opened(1024);
        Handle(machine, new Input.BlockReady(10));
        var error = new StanzaError(ErrorType.Cancel, ErrorCondition.Forbidden, "no more room");

        var ended = Handle(machine, new Input.BlockRefused(0, error)).OfType<Output.Ended>().ShouldHaveSingleItem();

        ended.Reason.ShouldBe(FailureReason.Refused);
        ended.Text.ShouldNotBeNull().ShouldContain("no more room");
    }

    private InBandSender Opened(int blockSize)
    {
        var machine = new InBandSender(new InBandSenderOptions(blockSize));
        Handle(machine, new Input.Start());
        Handle(machine, new Input.OpenAnswered());
        return machine;
    }

    private IReadOnlyList<Output> Handle(InBandSender machine, Input input) => machine.Handle(input, _now);

    private string Show(InBandSender machine, Input input) => MachineTable.Outcome(() => Handle(machine, input));

    private const string Table = """
        Idle | Start | SendOpen(1024,Iq)
        Idle | OpenAnswered | -
        Idle | OpenRefused smaller | -
        Idle | OpenRefused | -
        Idle | BlockReady | throws
        Idle | SourceEnded | throws
        Idle | BlockAcked 0 | -
        Idle | BlockAcked 9 | -
        Idle | BlockRefused 0 wait | -
        Idle | BlockRefused 0 | -
        Idle | BlockRefused 9 | -
        Idle | PingAnswered | -
        Idle | PeerClosed | -
        Idle | CloseAnswered | -
        Idle | CloseAnswered not kept | -
        Idle | CloseAnswered away | -
        Idle | CloseAnswered unknown | -
        Idle | Tick | -
        Idle | Cancel | Ended(Cancelled)
        Idle | PeerGone | Ended(Absent)
        Idle | PeerBack | -
        Idle | StreamLost | Ended(StreamLost)
        Opening | Start | throws
        Opening | OpenAnswered | NeedBlock(1024)
        Opening | OpenRefused smaller | SendOpen(512,Iq)
        Opening | OpenRefused | Ended(Refused,true)
        Opening | BlockReady | throws
        Opening | SourceEnded | throws
        Opening | BlockAcked 0 | -
        Opening | BlockAcked 9 | -
        Opening | BlockRefused 0 wait | -
        Opening | BlockRefused 0 | -
        Opening | BlockRefused 9 | -
        Opening | PingAnswered | -
        Opening | PeerClosed | Ended(Refused,true)
        Opening | CloseAnswered | -
        Opening | CloseAnswered not kept | -
        Opening | CloseAnswered away | -
        Opening | CloseAnswered unknown | -
        Opening | Tick | SendClose Ended(Timeout)
        Opening | Cancel | SendClose Ended(Cancelled)
        Opening | PeerGone | Ended(Absent)
        Opening | PeerBack | -
        Opening | StreamLost | Ended(StreamLost)
        Open, nothing sent | Start | throws
        Open, nothing sent | OpenAnswered | -
        Open, nothing sent | OpenRefused smaller | -
        Open, nothing sent | OpenRefused | -
        Open, nothing sent | BlockReady | SendData(0) NeedBlock(1024)
        Open, nothing sent | SourceEnded | SendClose
        Open, nothing sent | BlockAcked 0 | -
        Open, nothing sent | BlockAcked 9 | -
        Open, nothing sent | BlockRefused 0 wait | -
        Open, nothing sent | BlockRefused 0 | -
        Open, nothing sent | BlockRefused 9 | -
        Open, nothing sent | PingAnswered | -
        Open, nothing sent | PeerClosed | Ended(CancelledByPeer)
        Open, nothing sent | CloseAnswered | -
        Open, nothing sent | CloseAnswered not kept | -
        Open, nothing sent | CloseAnswered away | -
        Open, nothing sent | CloseAnswered unknown | -
        Open, nothing sent | Tick | -
        Open, nothing sent | Cancel | SendClose Ended(Cancelled)
        Open, nothing sent | PeerGone | Ended(Absent)
        Open, nothing sent | PeerBack | -
        Open, nothing sent | StreamLost | Ended(StreamLost)
        Open, one sent | Start | throws
        Open, one sent | OpenAnswered | -
        Open, one sent | OpenRefused smaller | -
        Open, one sent | OpenRefused | -
        Open, one sent | BlockReady | SendData(1) NeedBlock(1024)
        Open, one sent | SourceEnded | -
        Open, one sent | BlockAcked 0 | -
        Open, one sent | BlockAcked 9 | -
        Open, one sent | BlockRefused 0 wait | -
        Open, one sent | BlockRefused 0 | SendClose Ended(CancelledByPeer)
        Open, one sent | BlockRefused 9 | -
        Open, one sent | PingAnswered | -
        Open, one sent | PeerClosed | Ended(CancelledByPeer)
        Open, one sent | CloseAnswered | -
        Open, one sent | CloseAnswered not kept | -
        Open, one sent | CloseAnswered away | -
        Open, one sent | CloseAnswered unknown | -
        Open, one sent | Tick | SendClose Ended(Stalled)
        Open, one sent | Cancel | SendClose Ended(Cancelled)
        Open, one sent | PeerGone | Ended(Absent)
        Open, one sent | PeerBack | -
        Open, one sent | StreamLost | Ended(StreamLost)
        Open, waiting to send again | Start | throws
        Open, waiting to send again | OpenAnswered | -
        Open, waiting to send again | OpenRefused smaller | -
        Open, waiting to send again | OpenRefused | -
        Open, waiting to send again | BlockReady | -
        Open, waiting to send again | SourceEnded | -
        Open, waiting to send again | BlockAcked 0 | -
        Open, waiting to send again | BlockAcked 9 | -
        Open, waiting to send again | BlockRefused 0 wait | -
        Open, waiting to send again | BlockRefused 0 | SendClose Ended(CancelledByPeer)
        Open, waiting to send again | BlockRefused 9 | -
        Open, waiting to send again | PingAnswered | -
        Open, waiting to send again | PeerClosed | Ended(CancelledByPeer)
        Open, waiting to send again | CloseAnswered | -
        Open, waiting to send again | CloseAnswered not kept | -
        Open, waiting to send again | CloseAnswered away | -
        Open, waiting to send again | CloseAnswered unknown | -
        Open, waiting to send again | Tick | ResendData(0)
        Open, waiting to send again | Cancel | SendClose Ended(Cancelled)
        Open, waiting to send again | PeerGone | Ended(Absent)
        Open, waiting to send again | PeerBack | -
        Open, waiting to send again | StreamLost | Ended(StreamLost)
        Open, drained | Start | throws
        Open, drained | OpenAnswered | -
        Open, drained | OpenRefused smaller | -
        Open, drained | OpenRefused | -
        Open, drained | BlockReady | throws
        Open, drained | SourceEnded | throws
        Open, drained | BlockAcked 0 | SendClose
        Open, drained | BlockAcked 9 | -
        Open, drained | BlockRefused 0 wait | -
        Open, drained | BlockRefused 0 | SendClose Ended(CancelledByPeer)
        Open, drained | BlockRefused 9 | -
        Open, drained | PingAnswered | -
        Open, drained | PeerClosed | Ended(CancelledByPeer)
        Open, drained | CloseAnswered | -
        Open, drained | CloseAnswered not kept | -
        Open, drained | CloseAnswered away | -
        Open, drained | CloseAnswered unknown | -
        Open, drained | Tick | SendClose Ended(Stalled)
        Open, drained | Cancel | SendClose Ended(Cancelled)
        Open, drained | PeerGone | -
        Open, drained | PeerBack | -
        Open, drained | StreamLost | -
        Closing | Start | throws
        Closing | OpenAnswered | -
        Closing | OpenRefused smaller | -
        Closing | OpenRefused | -
        Closing | BlockReady | throws
        Closing | SourceEnded | throws
        Closing | BlockAcked 0 | -
        Closing | BlockAcked 9 | -
        Closing | BlockRefused 0 wait | -
        Closing | BlockRefused 0 | -
        Closing | BlockRefused 9 | -
        Closing | PingAnswered | -
        Closing | PeerClosed | Ended(CancelledByPeer)
        Closing | CloseAnswered | Ended
        Closing | CloseAnswered not kept | Ended(CancelledByPeer)
        Closing | CloseAnswered away | -
        Closing | CloseAnswered unknown | Ended(Absent)
        Closing | Tick | Ended(Stalled)
        Closing | Cancel | Ended
        Closing | PeerGone | -
        Closing | PeerBack | -
        Closing | StreamLost | -
        Asking | Start | throws
        Asking | OpenAnswered | -
        Asking | OpenRefused smaller | -
        Asking | OpenRefused | -
        Asking | BlockReady | throws
        Asking | SourceEnded | throws
        Asking | BlockAcked 0 | SendClose
        Asking | BlockAcked 9 | -
        Asking | BlockRefused 0 wait | -
        Asking | BlockRefused 0 | -
        Asking | BlockRefused 9 | -
        Asking | PingAnswered | -
        Asking | PeerClosed | Ended(CancelledByPeer)
        Asking | CloseAnswered | Ended
        Asking | CloseAnswered not kept | Ended(CancelledByPeer)
        Asking | CloseAnswered away | -
        Asking | CloseAnswered unknown | Ended(Absent)
        Asking | Tick | SendClose
        Asking | Cancel | Ended(Cancelled)
        Asking | PeerGone | -
        Asking | PeerBack | SendClose
        Asking | StreamLost | -
        Asking, asked | Start | throws
        Asking, asked | OpenAnswered | -
        Asking, asked | OpenRefused smaller | -
        Asking, asked | OpenRefused | -
        Asking, asked | BlockReady | throws
        Asking, asked | SourceEnded | throws
        Asking, asked | BlockAcked 0 | SendClose
        Asking, asked | BlockAcked 9 | -
        Asking, asked | BlockRefused 0 wait | -
        Asking, asked | BlockRefused 0 | -
        Asking, asked | BlockRefused 9 | -
        Asking, asked | PingAnswered | -
        Asking, asked | PeerClosed | Ended(CancelledByPeer)
        Asking, asked | CloseAnswered | Ended
        Asking, asked | CloseAnswered not kept | Ended(CancelledByPeer)
        Asking, asked | CloseAnswered away | -
        Asking, asked | CloseAnswered unknown | Ended(Absent)
        Asking, asked | Tick | Ended(Absent)
        Asking, asked | Cancel | Ended(Cancelled)
        Asking, asked | PeerGone | -
        Asking, asked | PeerBack | -
        Asking, asked | StreamLost | -
        Ended | Start | -
        Ended | OpenAnswered | -
        Ended | OpenRefused smaller | -
        Ended | OpenRefused | -
        Ended | BlockReady | -
        Ended | SourceEnded | -
        Ended | BlockAcked 0 | -
        Ended | BlockAcked 9 | -
        Ended | BlockRefused 0 wait | -
        Ended | BlockRefused 0 | -
        Ended | BlockRefused 9 | -
        Ended | PingAnswered | -
        Ended | PeerClosed | -
        Ended | CloseAnswered | -
        Ended | CloseAnswered not kept | -
        Ended | CloseAnswered away | -
        Ended | CloseAnswered unknown | -
        Ended | Tick | -
        Ended | Cancel | -
        Ended | PeerGone | -
        Ended | PeerBack | -
        Ended | StreamLost | -
        """;
}
