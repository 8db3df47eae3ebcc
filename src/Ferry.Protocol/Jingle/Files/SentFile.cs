using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.Jingle.Files.SentFileInput;
using Output = Ferry.Protocol.Jingle.Files.SentFileOutput;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>
/// How a file ends at its sender (XEP-0234 section 6), without I/O. Sending → Waiting → Over. After the last byte and the checksum the receiver's word is
/// waited for: <c>received</c>, then the end of the session; or only the end, which Gajim and Libervia give; or nothing (Dino), and then what the transport
/// confirmed must do. A <c>received</c> before our checksum says nothing about it. An end that comes before the last byte is kept until then, because the
/// stream itself says better what became of it.
/// </summary>
public sealed class SentFile
{
    private bool _sent;
    private bool _received;
    private bool _over;
    private DateTimeOffset? _deadline;
    private Input.Ended? _ended;
    private bool _lost;

    /// <summary>For the receiver's word.</summary>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the end of the session after <c>received</c>.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>When to hand in Tick; null: nothing is waited for.</summary>
    public DateTimeOffset? NextDeadline => _deadline;

    /// <summary>Whether an end was put out.</summary>
    public bool IsOver => _over;

    /// <summary>Takes one input; gives the end, once.</summary>
    /// <exception cref="InvalidOperationException">Sent twice.</exception>
    public Output? Handle(Input input, DateTimeOffset now)
    {
        if (_over) return null;
        switch (input)
        {
            case Input.Sent:
                if (_sent) throw new InvalidOperationException("sent twice");
                _sent = true;
                _deadline = now + EndTimeout;
                break;
            case Input.Received when _sent && !_received:
                _received = true;
                _deadline = now + CloseTimeout;
                break;
            case Input.Ended ended:
                _ended ??= ended;
                break;
            case Input.Lost:
                _lost = true;
                break;
            default:
                break;
        }

        if (!_sent) return null;
        if (_ended is { Failure: { } reason } && !_received) return End(new Output.Failed(reason, _ended.Text));
        return _ended is not null || _lost || now >= _deadline ? End(new Output.Done(_received)) : null;
    }

    private Output End(Output output)
    {
        _over = true;
        _deadline = null;
        return output;
    }
}
