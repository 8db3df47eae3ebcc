using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.JabberFs.JabberFsInput;
using Output = Ferry.Protocol.JabberFs.JabberFsOutput;

namespace Ferry.Protocol.JabberFs;

/// <summary>The peer's own requests while a transfer is under way: the end, a port that was closed or opened, a file that is complete.</summary>
public sealed partial class JabberFsTransfer
{
    private void Arrived(Input.Arrived arrived, DateTimeOffset now)
    {
        var stanza = arrived.Stanza;
        switch (stanza.State)
        {
            case JabberFsState.Abort or JabberFsState.Block when _state is not (Over or Idle):
                Acknowledge(arrived);
                PeerStopped(stanza);
                break;
            case JabberFsState.Timeout when _state is not (Over or Idle or Asking or Proposed):
                Acknowledge(arrived);
                PortClosed();
                break;
            case JabberFsState.Complete when terms.IsSender:
                CompleteArrived(arrived);
                break;
            case JabberFsState.Listening:
                PortArrived(arrived);
                break;
            default:
                Refuse(arrived);
                break;
        }
    }

    private void PeerStopped(JabberFsStanza stanza)
    {
        if (_state is Completing)
        {
            Finish(confirmed: true); // we have the file, whatever it says
            return;
        }

        // Its proposal is still unanswered.
        if (IsUnanswered) Put(new Output.SendAnswer(Abort(JabberFsAbort.Cancelled)));
        var reason = stanza.State == JabberFsState.Block ? JabberFsAbort.SizeChanged : stanza.Reason ?? JabberFsAbort.Cancelled;
        var text = stanza.State == JabberFsState.Block ? "the peer does not want a file of another size" : JabberFsReasons.TextOf(reason);
        Release();
        End(stanza.State == JabberFsState.Block ? FailureReason.Refused : JabberFsReasons.Of(reason), reason, byPeer: true, text);
    }

    // Only the side that connects has anything to do with it; elsewhere it crossed with something newer.
    private void PortClosed()
    {
        switch (_state)
        {
            case Judging { Answer.State: JabberFsState.Listening } judging:
                _state = judging with { PortClosed = true };
                break;
            case Connecting when _swapped:
                Stop(FailureReason.NoMethod, tell: null, "nobody could connect to the other side", byPeer: true);
                break;
            case Connecting:
                TrySwap("the peer saw no connection of ours");
                break;
            case Streaming streaming:
                _state = streaming with { PortClosed = true };
                break;
            default:
                break;
        }
    }

    private void CompleteArrived(Input.Arrived arrived)
    {
        switch (_state)
        {
            case AwaitingComplete:
                Acknowledge(arrived);
                _receipt = arrived.Stanza.Hashes;
                Finish(confirmed: true);
                break;
            case Streaming:
            case Judging when HasNoBytes:
                // Ahead of what our own socket tells us.
                Acknowledge(arrived);
                _receipt = arrived.Stanza.Hashes;
                break;
            default:
                Refuse(arrived);
                break;
        }
    }

    private void PortArrived(Input.Arrived arrived)
    {
        switch (_state)
        {
            case not Over when _peersPort is { } known && known == (arrived.Stanza.Port, arrived.Stanza.Token):
                Acknowledge(arrived); // the same again
                break;
            case AwaitingPort or Listening or AwaitingSwap when arrived.Stanza.Size != _size:
                Put(new Output.RefuseUpdate(arrived.RequestId, JabberFsStanza.BadRequest("another size than was agreed on")));
                break;
            case AwaitingPort:
                Acknowledge(arrived);
                ConnectTo(arrived.Stanza);
                break;
            case Listening or AwaitingSwap when !_swapped:
                Acknowledge(arrived);
                Release();
                _swapped = true;
                ConnectTo(arrived.Stanza);
                break;
            case Listening or AwaitingSwap:
                Refuse(arrived);
                Stop(FailureReason.NoMethod, JabberFsAbort.Unreachable, "the peer would change places a second time");
                break;
            case AwaitingComplete or Verifying or Completing when HasNoBytes:
                Acknowledge(arrived); // it opened a port for nothing
                break;
            default:
                Refuse(arrived);
                break;
        }
    }
}
