using Ferry.Protocol.InBand;
using Input = Ferry.Protocol.InBand.InBandReceiverInput;
using Output = Ferry.Protocol.InBand.InBandReceiverOutput;

namespace Ferry.Protocol.Tests.InBand;

public sealed class InBandReceiverTests
{
    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Opened", new Input.Opened(new InBandOpen("s", 100))),
        ("Opened large", new Input.Opened(new InBandOpen("s", 101))),
        ("BlockArrived due", new Input.BlockArrived(1, 10)),
        ("BlockArrived due, message", new Input.BlockArrived(1, 10, InBandStanza.Message)),
        ("BlockArrived late", new Input.BlockArrived(0, 10)),
        ("BlockArrived late, message", new Input.BlockArrived(0, 10, InBandStanza.Message)),
        ("BlockUnreadable", new Input.BlockUnreadable(InBandErrors.TooMuch)),
        ("BlockUnreadable, message", new Input.BlockUnreadable(InBandErrors.TooMuch, InBandStanza.Message)),
        ("BlockStored", new Input.BlockStored()),
        ("CloseArrived", new Input.CloseArrived()),
        ("Tick", new Input.Tick()),
        ("Cancel", new Input.Cancel()),
        ("PeerGone", new Input.PeerGone()),
        ("StreamLost", new Input.StreamLost()),
    ];

    private static readonly (string Name, Input[] Path)[] States =
    [
        ("Expecting", []),
        ("Expecting a smaller open", [new Input.Opened(new InBandOpen("s", 101))]),
        ("Open, one block stored", [new Input.Opened(new InBandOpen("s", 100)), new Input.BlockArrived(0, 10), new Input.BlockStored()]),
        ("Open, one block not stored", [new Input.Opened(new InBandOpen("s", 100)), new Input.BlockArrived(0, 10)]),
        ("Ended", [new Input.Cancel()]),
    ];

    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldBe(States, Inputs, Try, Table);

        string Try(Input[] path, Input input)
        {
            var machine = new InBandReceiver(new InBandReceiverOptions(20, MaxBlockSize: 100));
            foreach (var step in path) machine.Handle(step, _now);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? _now));
        }
    }

    [Fact]
    public void Size_reached_is_the_end_without_a_close()
    {
        var machine = Opened(new InBandReceiverOptions(15));
        Show(machine, new Input.BlockArrived(0, 10)).ShouldBe("TakeBlock");
        Show(machine, new Input.BlockArrived(1, 5)).ShouldBe("TakeBlock Ended(15)");
        Show(machine, new Input.CloseArrived()).ShouldBe("AnswerClose");
    }

    [Fact]
    public void Nothing_expected_ends_with_the_open()
    {
        var machine = new InBandReceiver(new InBandReceiverOptions(0));

        Show(machine, new Input.Opened(new InBandOpen("s", 4096))).ShouldBe("AcceptOpen Ended(0)");
    }

    [Fact]
    public void An_unknown_size_ends_with_the_close()
    {
        var machine = Opened(new InBandReceiverOptions(null));
        Show(machine, new Input.BlockArrived(0, 10)).ShouldBe("TakeBlock");
        Show(machine, new Input.CloseArrived()).ShouldBe("AnswerClose Ended(10)");
    }

    [Fact]
    public void An_early_close_keeps_what_came()
    {
        var machine = Opened(new InBandReceiverOptions(15));
        Show(machine, new Input.BlockArrived(0, 10)).ShouldBe("TakeBlock");
        Show(machine, new Input.CloseArrived()).ShouldBe("AnswerClose Ended(CancelledByPeer,10)");
    }

    [Fact]
    public void A_byte_too_many_is_refused()
    {
        var machine = Opened(new InBandReceiverOptions(15));
        Show(machine, new Input.BlockArrived(0, 16)).ShouldBe("RefuseBlock(bad-request) SendClose Ended(Mismatch,0)");
    }

    [Fact]
    public void An_unknown_size_has_its_bound()
    {
        var machine = Opened(new InBandReceiverOptions(null, MaxBytes: 15));
        Show(machine, new Input.BlockArrived(0, 10)).ShouldBe("TakeBlock");
        Show(machine, new Input.BlockArrived(1, 6)).ShouldBe("RefuseBlock(bad-request) SendClose Ended(TooLarge,10)");
    }

    [Fact]
    public void A_block_over_the_agreed_size_is_refused()
    {
        var machine = Opened(new InBandReceiverOptions(null));
        Show(machine, new Input.BlockArrived(0, 4097)).ShouldBe("RefuseBlock(bad-request) SendClose Ended(Protocol,0)");
    }

    [Theory]
    [InlineData(0u, false, true)]
    [InlineData(65536u, false, true)] // Conversations never wraps
    [InlineData(1u, false, false)]
    public void After_65535_comes_0(uint seq, bool skips, bool taken)
    {
        var machine = AtSeq(65536, new InBandReceiverOptions(null, SkipsLastSeq: skips));

        Show(machine, new Input.BlockArrived(seq, 1)).ShouldStartWith(taken ? "TakeBlock" : "RefuseBlock(unexpected-request)");
    }

    [Theory]
    [InlineData(0u, true, true)]
    [InlineData(65535u, true, true)]
    [InlineData(0u, false, false)]
    public void Old_Smack_skips_65535(uint seq, bool skips, bool taken)
    {
        var machine = AtSeq(65535, new InBandReceiverOptions(null, SkipsLastSeq: skips));

        Show(machine, new Input.BlockArrived(seq, 1)).ShouldStartWith(taken ? "TakeBlock" : "RefuseBlock(unexpected-request)");
        if (taken) Show(machine, new Input.BlockArrived(seq == 0 ? 1u : 0u, 1)).ShouldBe("TakeBlock");
    }

    [Fact]
    public void Time_does_not_count_while_blocks_wait_for_room_here()
    {
        var machine = Opened(new InBandReceiverOptions(null));
        machine.NextDeadline.ShouldBe(_now.AddSeconds(120));
        Show(machine, new Input.BlockArrived(0, 10)).ShouldBe("TakeBlock");
        machine.NextDeadline.ShouldBeNull();
        _now = _now.AddSeconds(1000);
        Show(machine, new Input.Tick()).ShouldBe("-");
        Show(machine, new Input.BlockStored()).ShouldBe("-");
        machine.NextDeadline.ShouldBe(_now.AddSeconds(120));
        _now = _now.AddSeconds(120);
        Show(machine, new Input.Tick()).ShouldBe("SendClose Ended(Stalled,10)");
    }

    private InBandReceiver Opened(InBandReceiverOptions options)
    {
        var machine = new InBandReceiver(options);
        machine.Handle(new Input.Opened(new InBandOpen("s", 4096)), _now);
        machine.BlockSize.ShouldBe(4096);
        return machine;
    }

    private InBandReceiver AtSeq(uint next, InBandReceiverOptions options)
    {
        var machine = Opened(options);
        for (uint seq = 0; seq < next; seq++) machine.Handle(new Input.BlockArrived(seq, 1), _now).ShouldHaveSingleItem();
        return machine;
    }

    private string Show(InBandReceiver machine, Input input) => MachineTable.Outcome(() => machine.Handle(input, _now));

    private const string Table = """
        Expecting | Opened | AcceptOpen
        Expecting | Opened large | RefuseOpen(resource-constraint)
        Expecting | BlockArrived due | RefuseBlock(item-not-found)
        Expecting | BlockArrived due, message | -
        Expecting | BlockArrived late | RefuseBlock(item-not-found)
        Expecting | BlockArrived late, message | -
        Expecting | BlockUnreadable | RefuseBlock(item-not-found)
        Expecting | BlockUnreadable, message | -
        Expecting | BlockStored | throws
        Expecting | CloseArrived | AnswerClose Ended(CancelledByPeer,0)
        Expecting | Tick | -
        Expecting | Cancel | Ended(Cancelled,0)
        Expecting | PeerGone | Ended(Absent,0)
        Expecting | StreamLost | Ended(StreamLost,0)
        Expecting a smaller open | Opened | AcceptOpen
        Expecting a smaller open | Opened large | RefuseOpen(resource-constraint)
        Expecting a smaller open | BlockArrived due | RefuseBlock(item-not-found)
        Expecting a smaller open | BlockArrived due, message | -
        Expecting a smaller open | BlockArrived late | RefuseBlock(item-not-found)
        Expecting a smaller open | BlockArrived late, message | -
        Expecting a smaller open | BlockUnreadable | RefuseBlock(item-not-found)
        Expecting a smaller open | BlockUnreadable, message | -
        Expecting a smaller open | BlockStored | throws
        Expecting a smaller open | CloseArrived | AnswerClose Ended(CancelledByPeer,0)
        Expecting a smaller open | Tick | Ended(Timeout,0)
        Expecting a smaller open | Cancel | Ended(Cancelled,0)
        Expecting a smaller open | PeerGone | Ended(Absent,0)
        Expecting a smaller open | StreamLost | Ended(StreamLost,0)
        Open, one block stored | Opened | RefuseOpen(unexpected-request)
        Open, one block stored | Opened large | RefuseOpen(unexpected-request)
        Open, one block stored | BlockArrived due | TakeBlock Ended(20)
        Open, one block stored | BlockArrived due, message | TakeBlock Ended(20)
        Open, one block stored | BlockArrived late | RefuseBlock(unexpected-request) SendClose Ended(Protocol,10)
        Open, one block stored | BlockArrived late, message | SendClose Ended(Protocol,10)
        Open, one block stored | BlockUnreadable | RefuseBlock(bad-request) SendClose Ended(Protocol,10)
        Open, one block stored | BlockUnreadable, message | SendClose Ended(Protocol,10)
        Open, one block stored | BlockStored | throws
        Open, one block stored | CloseArrived | AnswerClose Ended(CancelledByPeer,10)
        Open, one block stored | Tick | SendClose Ended(Stalled,10)
        Open, one block stored | Cancel | SendClose Ended(Cancelled,10)
        Open, one block stored | PeerGone | Ended(Absent,10)
        Open, one block stored | StreamLost | Ended(StreamLost,10)
        Open, one block not stored | Opened | RefuseOpen(unexpected-request)
        Open, one block not stored | Opened large | RefuseOpen(unexpected-request)
        Open, one block not stored | BlockArrived due | TakeBlock Ended(20)
        Open, one block not stored | BlockArrived due, message | TakeBlock Ended(20)
        Open, one block not stored | BlockArrived late | RefuseBlock(unexpected-request) SendClose Ended(Protocol,10)
        Open, one block not stored | BlockArrived late, message | SendClose Ended(Protocol,10)
        Open, one block not stored | BlockUnreadable | RefuseBlock(bad-request) SendClose Ended(Protocol,10)
        Open, one block not stored | BlockUnreadable, message | SendClose Ended(Protocol,10)
        Open, one block not stored | BlockStored | -
        Open, one block not stored | CloseArrived | AnswerClose Ended(CancelledByPeer,10)
        Open, one block not stored | Tick | -
        Open, one block not stored | Cancel | SendClose Ended(Cancelled,10)
        Open, one block not stored | PeerGone | Ended(Absent,10)
        Open, one block not stored | StreamLost | Ended(StreamLost,10)
        Ended | Opened | RefuseOpen(not-acceptable)
        Ended | Opened large | RefuseOpen(not-acceptable)
        Ended | BlockArrived due | RefuseBlock(item-not-found)
        Ended | BlockArrived due, message | -
        Ended | BlockArrived late | RefuseBlock(item-not-found)
        Ended | BlockArrived late, message | -
        Ended | BlockUnreadable | RefuseBlock(item-not-found)
        Ended | BlockUnreadable, message | -
        Ended | BlockStored | -
        Ended | CloseArrived | AnswerClose
        Ended | Tick | -
        Ended | Cancel | -
        Ended | PeerGone | -
        Ended | StreamLost | -
        """;
}
