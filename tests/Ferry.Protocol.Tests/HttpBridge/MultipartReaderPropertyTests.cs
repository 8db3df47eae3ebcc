using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Ferry.Protocol.HttpBridge;

namespace Ferry.Protocol.Tests.HttpBridge;

public sealed class MultipartReaderPropertyTests
{
    private const string Hash = "aebf79a080576ab4687837ecf98c0aaf939a6e4a";
    private const string Boundary = "--ab";

    // Content that looks like delimiters, and any bytes between. None is a delimiter: to be one it would need to be a whole line.
    private static readonly Gen<byte[]> NearDelimiters = Gen.OneOf(
        Gen.Elements("\r\n", "\r", "\n", "--", "-", "\r\n--", "\r\n----a", "\r\n----abx", "\r\n----ab-x", "\r\n----ab--x", "\r\n----ab\rx", "\n----ab\r\n", "\r----ab--\r\n", "x----ab--", "a", "b").Select(Encoding.ASCII.GetBytes),
        ArbMap.Default.GeneratorFor<byte[]>());

    private static readonly Gen<byte[]> Files = NearDelimiters.ArrayOf().Select(pieces => pieces.SelectMany(piece => piece).ToArray()).Where(IsContent);

    private static readonly Gen<int[]> Pieces = Gen.Choose(1, 40).ArrayOf(400);

    [Fact]
    public void A_file_is_byte_exact_however_the_body_is_cut() => Prop.ForAll(
        Files.ToArbitrary(),
        Pieces.ToArbitrary(),
        Gen.Elements("--\r\n", "--", "--\r\nepilogue", "-- ").ToArbitrary(),
        (file, pieces, ending) =>
        {
            var body = Form(file, ending);
            var whole = FormReading.Of(body, Boundary, sidHashFirst: true);
            var cut = FormReading.Of(body, pieces, Boundary, sidHashFirst: true);

            whole.Events.ShouldBe(["part SidHash", $"sidhash {Hash}", "part File", "end"]);
            whole.File.ShouldBe(file);
            cut.Events.ShouldBe(whole.Events);
            cut.File.ShouldBe(file);
            cut.Reader.FileOffset.ShouldBe(whole.Reader.FileOffset);
            if (ending is "--" or "--\r\n")
            {
                MultipartSize.TryReckon(body.Length, whole.Reader.FileOffset!.Value, Boundary.Length, out var size).ShouldBeTrue();
                size.Allows(file.Length).ShouldBeTrue();
                (ending == "--" ? size.Most : size.Least).ShouldBe(file.Length);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    // Pieces of forms in any order: what comes out does not depend on how they are cut, nothing throws, memory keeps its bound.
    [Fact]
    public void Any_bytes_end_the_same_way_in_bounded_memory()
    {
        var piece = Gen.OneOf(
            Gen.Elements(
                "--B\r\n", "\r\n--B\r\n", "\r\n--B--", "\r\n--B--\r\n", "\r\n--B \r\n", "\r\n\r\n", "\r\n", ":", "Content-Disposition: form-data; name=FILE\r\n\r\n",
                "Content-Disposition: form-data; name=\"SIDHASH\"; x\r\n\r\n", "Content-Disposition: form-data; name=SIDHASH\r\n\r\n", Hash,
                "Content-Disposition: form-data; name=\"FILE\"; filename=\"a\\", "; filename*=UTF-8''%e2%82", "Content-Type: x\r\n ").Select(Encoding.ASCII.GetBytes),
            Gen.Choose(1, 3000).Select(count => Enumerable.Repeat((byte)'x', count).ToArray()),
            ArbMap.Default.GeneratorFor<byte[]>());
        var ends = new HashSet<string>(StringComparer.Ordinal);
        Prop.ForAll(
            piece.ArrayOf().Select(pieces => pieces.SelectMany(bytes => bytes).ToArray()).ToArbitrary(),
            Pieces.ToArbitrary(),
            ArbMap.Default.ArbFor<bool>(),
            (body, pieces, sidHashFirst) =>
            {
                var whole = FormReading.Of(body, "B", sidHashFirst);
                var cut = FormReading.Of(body, pieces, "B", sidHashFirst);
                var bytes = FormReading.Of(body, "B", sidHashFirst, pieces: 1);

                cut.Events.ShouldBe(whole.Events);
                cut.File.ShouldBe(whole.File);
                bytes.Events.ShouldBe(whole.Events);
                bytes.File.ShouldBe(whole.File);
                whole.MostBuffered.ShouldBeLessThanOrEqualTo(9 + MultipartReader.MaxSidHashBytes + MultipartReader.MaxHeaderBytes + 2);
                Math.Max(whole.MostCopied, Math.Max(cut.MostCopied, bytes.MostCopied)).ShouldBeLessThanOrEqualTo(9);
                ends.Add(whole.Fault);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

        ends.Count.ShouldBeGreaterThan(4);
    }

    private static bool IsContent(byte[] file)
    {
        // What comes behind the file is CR LF, so a file that ends like a delimiter would become one.
        var text = "\r\n\r\n" + Encoding.Latin1.GetString(file) + "\r\n";
        return !(text.Contains("\r\n----ab\r\n", StringComparison.Ordinal) || text.Contains("\r\n----ab--\r\n", StringComparison.Ordinal)
            || text.Contains("\r\n----ab ", StringComparison.Ordinal) || text.Contains("\r\n----ab\t", StringComparison.Ordinal)
            || text.Contains("\r\n----ab-- ", StringComparison.Ordinal) || text.Contains("\r\n----ab--\t", StringComparison.Ordinal));
    }

    private static byte[] Form(byte[] file, string ending) =>
    [
        .. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\n{Hash}\r\n--{Boundary}\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"f\"\r\n\r\n"),
        .. file,
        .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}{ending}"),
    ];
}
