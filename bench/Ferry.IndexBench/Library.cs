using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;

namespace Ferry.IndexBench;

/// <summary>
/// Files that people might have: names of two to four words out of 50,000, some words much more common than others; each tenth is a picture of a screen, named by a program. The same every time.
/// </summary>
internal sealed class Library
{
    private const int Vocabulary = 50_000;
    private static readonly string[] Extensions = ["pdf", "mp4", "mkv", "jpg", "mp3", "txt", "zip", "odt"];
    private static readonly string[] Types = ["application/pdf", "video/mp4", "video/x-matroska", "image/jpeg", "audio/mpeg", "text/plain", "application/zip", "application/vnd.oasis.opendocument.text"];

    private readonly Random _random;
    private readonly string[] _words;
    private readonly double[] _weights;

    public Library(int seed)
    {
        var vocabulary = new Random(1);
        _words = [.. Enumerable.Range(0, Vocabulary).Select(_ => Make(vocabulary))];
        _weights = new double[Vocabulary];
        var sum = 0.0;
        for (var i = 0; i < Vocabulary; i++) _weights[i] = sum += 1.0 / (i + 10);
        _random = new Random(seed);
    }

    public string Word()
    {
        var at = Array.BinarySearch(_weights, _random.NextDouble() * _weights[^1]);
        return _words[Math.Min(at < 0 ? ~at : at, Vocabulary - 1)];
    }

    public string Pick(params string[] from) => from[_random.Next(from.Length)];

    public int Number(int from, int to) => _random.Next(from, to);

    public IndexedFile File(int number)
    {
        var kind = _random.Next(Extensions.Length);
        var name = string.Join(' ', Enumerable.Range(0, _random.Next(2, 5)).Select(_ => Word())) + $" {number}.{Extensions[kind]}";
        if (number % 10 == 9) (kind, name) = (3, $"Screenshot {DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000 + (number * 100L)):yyyyMMddHHmm} {number}.jpg");
        var hash = new byte[32];
        _random.NextBytes(hash);
        var size = (long)Math.Exp(_random.NextDouble() * 20);
        return new IndexedFile($"{Word()}/{name}", new FileMetadata(name, size, Types[kind], DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000 + number)) { Hashes = [FileHash.Sha256(Convert.ToHexString(hash))] });
    }

    private static string Make(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => $"{"bcdfghklmnprstvz"[random.Next(16)]}{"aeiou"[random.Next(5)]}"));
}
