using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using ReceiverInput = Ferry.Protocol.InBand.InBandReceiverInput;
using ReceiverOutput = Ferry.Protocol.InBand.InBandReceiverOutput;
using SenderInput = Ferry.Protocol.InBand.InBandSenderInput;
using SenderOutput = Ferry.Protocol.InBand.InBandSenderOutput;

namespace Ferry.Protocol.Tests.InBand;

/// <summary>Sender and receiver joined by a link that keeps order, with a delay, a rate and a clock moved by hand.</summary>
public sealed class InBandPairTests
{
    [Theory]
    [InlineData(0, 4096)]
    [InlineData(1, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 4096)]
    [InlineData(100_000, 4096)]
    [InlineData(300_000, 65535)]
    public void Every_byte_arrives(int size, int blockSize)
    {
        foreach (var stanza in Enum.GetValues<InBandStanza>())
        {
            foreach (var sizeKnown in (bool[])[true, false])
            {
                var link = new Link(size, new InBandSenderOptions(blockSize, stanza), new InBandReceiverOptions(sizeKnown ? size : null));

                link.Run();

                link.SenderEnd.ShouldNotBeNull().Reason.ShouldBeNull();
                link.ReceiverEnd.ShouldBe(new ReceiverOutput.Ended(null, null, size));
                link.BlocksTaken.ShouldBe(link.BlocksSent);
            }
        }
    }

    [Fact]
    public void Numbers_wrap_after_65536_blocks()
    {
        var link = new Link(65536 + 10, new InBandSenderOptions(1), new InBandReceiverOptions(65536 + 10)) { MaxSteps = 1_000_000 };

        link.Run();

        link.SenderEnd.ShouldNotBeNull().Reason.ShouldBeNull();
        link.BlocksTaken.ShouldBe(65546);
        link.LastSeq.ShouldBe((ushort)9);
    }

    [Fact]
    public void A_receiver_with_small_blocks_is_obeyed()
    {
        var link = new Link(10_000, new InBandSenderOptions(4096), new InBandReceiverOptions(10_000, MaxBlockSize: 1500));

        link.Run();

        link.SenderEnd.ShouldNotBeNull().Reason.ShouldBeNull();
        link.BlocksSent.ShouldBe(10); // of 1024
    }

    [Fact]
    public void A_fast_path_is_filled_to_the_most()
    {
        var link = new Link(20_000_000, new InBandSenderOptions(8192), new InBandReceiverOptions(20_000_000))
        {
            Delay = TimeSpan.FromMilliseconds(20),
            BytesPerSecond = 1_000_000_000,
            MaxSteps = 100_000,
        };

        link.Run();

        link.ReceiverEnd.ShouldNotBeNull().Reason.ShouldBeNull();
        link.MostUnderWay.ShouldBeInRange(1024 * 1024 - 8192, 1024 * 1024);
    }

    [Fact]
    public void A_shaped_path_keeps_a_small_window()
    {
        // Prosody's default for clients: 10 kB/s.
        var link = new Link(400_000, new InBandSenderOptions(4096), new InBandReceiverOptions(400_000)) { Delay = TimeSpan.FromMilliseconds(1), BytesPerSecond = 10_000 };

        link.Run();

        link.ReceiverEnd.ShouldNotBeNull().Reason.ShouldBeNull();
        link.MostUnderWay.ShouldBeLessThanOrEqualTo(16 * 1024);
    }

    [Fact]
    public void A_middling_path_queues_no_more_than_delay_allows()
    {
        // 200 kB/s: 250 ms of delay are 50 kB; the last doubling may overshoot once.
        var link = new Link(4_000_000, new InBandSenderOptions(4096), new InBandReceiverOptions(4_000_000))
        {
            Delay = TimeSpan.FromMilliseconds(1),
            BytesPerSecond = 200_000,
        };

        link.Run();

        link.ReceiverEnd.ShouldNotBeNull().Reason.ShouldBeNull();
        link.MostUnderWay.ShouldBeInRange(32 * 1024, 128 * 1024);
    }

    [Fact]
    public void A_receiver_that_gives_up_ends_the_sender()
    {
        var link = new Link(100_000, new InBandSenderOptions(4096), new InBandReceiverOptions(50_000));

        link.Run();

        link.ReceiverEnd.ShouldNotBeNull().Reason.ShouldBe(Ferry.Protocol.Transfers.FailureReason.Mismatch);
        link.SenderEnd.ShouldNotBeNull().Reason.ShouldBe(Ferry.Protocol.Transfers.FailureReason.Protocol);
    }

    private sealed class Link(int size, InBandSenderOptions senderOptions, InBandReceiverOptions receiverOptions)
    {
        private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        private readonly InBandSender _sender = new(senderOptions);
        private readonly InBandReceiver _receiver = new(receiverOptions);
        private readonly PriorityQueue<Action, (DateTimeOffset At, int Order)> _events = new();
        private DateTimeOffset _now = Begin;
        private DateTimeOffset _lineFree = Begin;
        private DateTimeOffset _lastAtSender = Begin;
        private int _order;
        private int _left = size;
        private int _ready;
        private long _underWay;
        private InBandStanza _stanza;

        public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(5);

        public double BytesPerSecond { get; init; } = 10_000_000;

        public int MaxSteps { get; init; } = 50_000;

        public SenderOutput.Ended? SenderEnd { get; private set; }

        public ReceiverOutput.Ended? ReceiverEnd { get; private set; }

        public int BlocksSent { get; private set; }

        public int BlocksTaken { get; private set; }

        public ushort LastSeq { get; private set; }

        public long MostUnderWay { get; private set; }

        public void Run()
        {
            Sender(new SenderInput.Start());
            var steps = 0;
            while (SenderEnd is null || _events.Count > 0)
            {
                (++steps).ShouldBeLessThan(MaxSteps);
                if (_events.TryPeek(out _, out var next) && (_sender.NextDeadline is not { } deadline || next.At <= deadline))
                {
                    var action = _events.Dequeue();
                    _now = next.At;
                    action();
                }
                else
                {
                    _now = _sender.NextDeadline.ShouldNotBeNull();
                    Sender(new SenderInput.Tick());
                }
            }
        }

        private void Sender(SenderInput input)
        {
            foreach (var output in _sender.Handle(input, _now)) Do(output);
        }

        private void Do(SenderOutput output)
        {
            switch (output)
            {
                case SenderOutput.SendOpen open:
                    _stanza = open.Stanza;
                    ToReceiver(100, new ReceiverInput.Opened(new InBandOpen("s", open.BlockSize, open.Stanza)), 0, 0);
                    break;
                case SenderOutput.NeedBlock need:
                    _ready = Math.Min(need.MaxBytes, _left);
                    _left -= _ready;
                    At(_now, () => Sender(_ready == 0 ? new SenderInput.SourceEnded() : new SenderInput.BlockReady(_ready)));
                    break;
                case SenderOutput.SendData data:
                    LastSeq = data.Seq;
                    BlocksSent++;
                    _underWay += _ready;
                    MostUnderWay = Math.Max(MostUnderWay, _underWay);
                    ToReceiver(_ready, new ReceiverInput.BlockArrived(data.Seq, _ready, _stanza), data.Seq, _ready);
                    break;
                case SenderOutput.SendPing:
                    Line(100, () => ToSender(new SenderInput.PingAnswered()));
                    break;
                case SenderOutput.SendClose:
                    ToReceiver(100, new ReceiverInput.CloseArrived(), 0, 0);
                    break;
                case SenderOutput.Ended ended:
                    SenderEnd = ended;
                    break;
            }
        }

        private void ToReceiver(int bytes, ReceiverInput input, ushort seq, int length) => Line(bytes, () =>
        {
            foreach (var output in _receiver.Handle(input, _now)) Do(output, seq, length);
        });

        private void Do(ReceiverOutput output, ushort seq, int length)
        {
            switch (output)
            {
                case ReceiverOutput.AcceptOpen: ToSender(new SenderInput.OpenAnswered()); break;
                case ReceiverOutput.RefuseOpen refuse: ToSender(new SenderInput.OpenRefused(refuse.Error)); break;
                case ReceiverOutput.TakeBlock:
                    BlocksTaken++;
                    _receiver.Handle(new ReceiverInput.BlockStored(), _now).ShouldBeEmpty();
                    if (_stanza == InBandStanza.Iq) ToSender(new SenderInput.BlockAcked(seq), length);
                    break;
                case ReceiverOutput.RefuseBlock refuse: ToSender(new SenderInput.BlockRefused(seq, refuse.Error), length); break;
                case ReceiverOutput.AnswerClose: ToSender(new SenderInput.CloseAnswered()); break;
                case ReceiverOutput.SendClose: ToSender(new SenderInput.PeerClosed()); break;
                case ReceiverOutput.Ended ended: ReceiverEnd = ended; break;
            }
        }

        // One line with a rate: what is sent waits until the line is free.
        private void Line(int bytes, Action arrive)
        {
            if (_lineFree < _now) _lineFree = _now;
            _lineFree += TimeSpan.FromSeconds(bytes / BytesPerSecond);
            At(_lineFree + Delay, arrive);
        }

        private void ToSender(SenderInput input, int acknowledged = 0)
        {
            _lastAtSender = _now + Delay > _lastAtSender ? _now + Delay : _lastAtSender;
            At(_lastAtSender, () =>
            {
                _underWay -= acknowledged;
                Sender(input);
            });
        }

        private void At(DateTimeOffset when, Action action) => _events.Enqueue(action, (when, _order++));
    }
}
