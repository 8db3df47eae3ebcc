using Ferry.Protocol.Socks5;

namespace Ferry.Protocol.HttpBridge;

/// <summary>One finding of <see cref="MultipartReader"/>.</summary>
/// <param name="Kind">Which of the other members are set.</param>
/// <param name="Consumed">How many bytes of the input need not be shown again.</param>
/// <param name="Bytes">With <see cref="MultipartEventKind.FileBytes"/>: never empty; a part of the input, or of a buffer that the reader's next call overwrites.</param>
/// <param name="Part">With <see cref="MultipartEventKind.Part"/>.</param>
/// <param name="SidHash">With <see cref="MultipartEventKind.SidHash"/>; whether it is the right one is the caller's to judge.</param>
/// <param name="Fault">With <see cref="MultipartEventKind.Fault"/>.</param>
public readonly record struct MultipartEvent(
    MultipartEventKind Kind,
    int Consumed,
    ReadOnlyMemory<byte> Bytes = default,
    MultipartPart? Part = null,
    DestinationAddress? SidHash = null,
    MultipartFault? Fault = null);
