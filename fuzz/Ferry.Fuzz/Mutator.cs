namespace Ferry.Fuzz;

/// <summary>Changes inputs: bit flips, interesting bytes, cuts, repeats, splices of two seeds. Reproducible from its seed.</summary>
internal sealed class Mutator(int seed)
{
    private const int MostBytes = 64 * 1024;
    private static readonly byte[] Interesting = [0, 1, 3, 4, 5, 0x20, 0x22, 0x26, 0x27, 0x2F, 0x3C, 0x3E, 0x3D, 0x5D, 0x7F, 0x80, 0xC0, 0xED, 0xFE, 0xFF];

    private readonly Random _random = new(seed);

    public byte[] Next(IReadOnlyList<byte[]> seeds)
    {
        var bytes = new List<byte>(seeds[_random.Next(seeds.Count)]);
        for (var i = _random.Next(1, 8); i > 0; i--) Change(bytes, seeds);
        if (bytes.Count > MostBytes) bytes.RemoveRange(MostBytes, bytes.Count - MostBytes);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> seeds)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)_random.Next(256));
            return;
        }

        var at = _random.Next(bytes.Count);
        switch (_random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                bytes[at] = Interesting[_random.Next(Interesting.Length)];
                break;
            case 2:
                bytes.Insert(at, Interesting[_random.Next(Interesting.Length)]);
                break;
            case 3:
                bytes.RemoveRange(at, _random.Next(1, bytes.Count - at + 1));
                break;
            case 4:
                var piece = bytes.GetRange(at, Math.Min(_random.Next(1, 64), bytes.Count - at));
                for (var i = _random.Next(1, 40); i > 0; i--) bytes.InsertRange(at, piece);
                break;
            case 5:
                var other = seeds[_random.Next(seeds.Count)];
                var from = _random.Next(other.Length);
                bytes.InsertRange(at, other.Skip(from).Take(_random.Next(1, 200)));
                break;
            default:
                bytes[at] = (byte)_random.Next(256);
                break;
        }
    }
}
