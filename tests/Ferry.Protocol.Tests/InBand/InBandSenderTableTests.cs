using Ferry.Protocol.InBand;
using Input = Ferry.Protocol.InBand.InBandSenderInput;

namespace Ferry.Protocol.Tests.InBand;

public sealed class InBandSenderTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Name, Input Input)[] Inputs =
    [
        ("Start", new Input.Start()),
        ("OpenAnswered", new Input.OpenAnswered()),
        ("OpenRefused smaller", new Input.OpenRefused(Refusals.SmallerBlocks)),
        ("OpenRefused", new Input.OpenRefused(InBandErrors.NotWanted)),
        ("BlockReady", new Input.BlockReady(10)),
        ("SourceEnded", new Input.SourceEnded()),
        ("BlockAcked 0", new Input.BlockAcked(0)),
        ("BlockAcked 9", new Input.BlockAcked(9)),
        ("BlockRefused 0 wait", new Input.BlockRefused(0, Refusals.ForNow)),
        ("BlockRefused 0", new Input.BlockRefused(0, InBandErrors.UnknownStream)),
        ("BlockRefused 9", new Input.BlockRefused(9, InBandErrors.UnknownStream)),
        ("PingAnswered", new Input.PingAnswered()),
        ("PeerClosed", new Input.PeerClosed()),
        ("CloseAnswered", new Input.CloseAnswered()),
        ("CloseAnswered not kept", new Input.CloseAnswered(InBandErrors.NotKept)),
        ("CloseAnswered away", new Input.CloseAnswered(Refusals.Away)),
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
        ("Open, waiting to send again", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.BlockRefused(0, Refusals.ForNow)]),
        ("Open, drained", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.SourceEnded()]),
        ("Closing", [new Input.Start(), new Input.OpenAnswered(), new Input.SourceEnded()]),
        ("Asking", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.SourceEnded(), new Input.PeerGone()]),
        ("Asking, asked", [new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(10), new Input.SourceEnded(), new Input.PeerGone(), new Input.PeerBack()]),
        ("Ended", [new Input.Cancel()]),
    ];

    [Fact]
    public void Every_state_with_every_input()
    {
        MachineTable.ShouldBe(States, Inputs, Try, Table);

        string Try(Input[] path, Input input)
        {
            var machine = new InBandSender(new InBandSenderOptions(1024) { TellsWhetherKept = true });
            foreach (var step in path) machine.Handle(step, Now);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? Now));
        }
    }

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
