using System.Text;
using Ferry.Protocol.HttpBridge;

namespace Ferry.Protocol.Tests.HttpBridge;

public sealed class MultipartReaderTests
{
    private const string Hash = "aebf79a080576ab4687837ecf98c0aaf939a6e4a";
    private const string SidPart = $"--B\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\n{Hash}\r\n";
    private const string FileHead = "--B\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"a.txt\"\r\n\r\n";
    private const string FilePart = $"{FileHead}TEST\r\n";
    private static readonly string[] WholeForm = ["part SidHash", $"sidhash {Hash}", "part File", "end"];

    private static string SidValue(string value) => SidPart.Replace(Hash, value, StringComparison.Ordinal);

    // The document's sample, with the line ends and the empty lines that multipart wants; its Content-Length fits no reading of it.
    private const string DocumentsBoundary = "---------------------------7148830871206398517200280906";

    private const string DocumentsBody =
        $"--{DocumentsBoundary}\r\nContent-Type: text/plain; charset=ISO-8859-2\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\n{Hash}\r\n" +
        $"--{DocumentsBoundary}\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"TEST\"\r\nContent-Type: application/octet-stream\r\n\r\nTEST\r\n" +
        $"--{DocumentsBoundary}--";

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    public void The_documents_form_is_read(string ending)
    {
        var form = FormReading.Of(DocumentsBody + ending, DocumentsBoundary, sidHashFirst: true);

        form.Events.ShouldBe(WholeForm);
        form.File.ShouldBe("TEST"u8.ToArray());
        form.Parts[1].ShouldBe(new MultipartPart(MultipartField.File, "TEST", "application/octet-stream"));
        MultipartSize.TryReckon(DocumentsBody.Length + ending.Length, form.Reader.FileOffset!.Value, DocumentsBoundary.Length, out var size).ShouldBeTrue();
        (ending.Length == 0 ? size.Most : size.Least).ShouldBe(4);
    }

    // Captured from curl 7.88.1: -F SIDHASH=… -F FILE=@a.txt, and -F 'FILE=@na"me ü.txt'.
    [Theory]
    [InlineData("1f346fc60fefcde2", "a.txt", "TEST", 323, "a.txt")]
    [InlineData("f2b49642c4e85562", "na%22me ü.txt", "x", 329, "na%22me ü.txt")]
    public void Curls_form_is_read(string random, string written, string content, int contentLength, string name)
    {
        var boundary = "------------------------" + random;
        var body = Encoding.UTF8.GetBytes(
            $"--{boundary}\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\n{Hash}\r\n" +
            $"--{boundary}\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"{written}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--{boundary}--\r\n");
        body.Length.ShouldBe(contentLength);

        var form = FormReading.Of(body, boundary, sidHashFirst: true);

        form.Events.ShouldBe(WholeForm);
        Encoding.UTF8.GetString(form.File).ShouldBe(content);
        form.Parts[1].FileName.ShouldBe(name);
        MultipartSize.TryReckon(contentLength, form.Reader.FileOffset!.Value, boundary.Length, out var size).ShouldBeTrue();
        size.Least.ShouldBe(content.Length);
    }

    // Typed from what is known of these browsers' forms, not captured.
    [Theory]
    [InlineData("----WebKitFormBoundary7MA4YWxkTrZu0gW", "name=\"FILE\"; filename=\"Bericht ä.pdf\"\r\nContent-Type: application/pdf", "Bericht ä.pdf")]
    [InlineData("----geckoformboundary5f8b1d3a", "name=\"FILE\"; filename=\"a.bin\"\r\nContent-Type: application/octet-stream", "a.bin")]
    [InlineData("---------------------------7d81a2b3c4d5e", "name=\"FILE\"; filename=\"C:\\Documents and Settings\\bob\\a.txt\"\r\nContent-Type: text/plain", "a.txt")]
    public void Browsers_forms_are_read(string boundary, string head, string name)
    {
        var body = $"--{boundary}\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\n{Hash}\r\n--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\nTEST\r\n--{boundary}--\r\n";

        var form = FormReading.Of(body, boundary, sidHashFirst: true);

        form.Events.ShouldBe(WholeForm);
        form.File.ShouldBe("TEST"u8.ToArray());
        form.Parts[1].FileName.ShouldBe(name);
    }

    public static TheoryData<string, string> WellFormed() => new()
    {
        { $"{SidPart}{FilePart}--B--\r\nand\r\n--B\r\nthis is ignored", "TEST" },
        { $"a preamble\r\nof two lines\r\n{SidPart}{FilePart}--B--", "TEST" },
        { $"\r\n{SidPart}{FilePart}--B--", "TEST" },
        { $"{SidPart}{FileHead}\r\n--B--\r\n", "" },
        { $"{SidPart}{FileHead}\r\n\r\n--B--\r\n", "\r\n" },
        { $"{SidPart}{FilePart}--B-- \t", "TEST" },
        { $"{SidPart.Replace("--B\r", "--B \t\r", StringComparison.Ordinal)}{FilePart}--B--", "TEST" },
        { $"{SidValue($" {Hash.ToUpperInvariant()}\r\n")}{FilePart}--B--", "TEST" },
        { $"{SidPart}{FileHead}\r\n--B-\r\n--Bx\r\n--B--x\r\n\r\n--\n--B\n--B--\r\n--A\r--B\r\n--B\r\r\n--B--\r\r\n-\r\n--B--\r\n", "\r\n--B-\r\n--Bx\r\n--B--x\r\n\r\n--\n--B\n--B--\r\n--A\r--B\r\n--B\r\r\n--B--\r\r\n-" },
    };

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void A_well_formed_body_is_read_however_it_is_cut(string body, string file)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var cut = 1; cut <= bytes.Length; cut++)
        {
            var form = FormReading.Of(bytes, [cut], sidHashFirst: true);
            string.Join("|", form.Events).ShouldBe(string.Join("|", WholeForm), customMessage: $"cut at {cut}");
            Encoding.UTF8.GetString(form.File).ShouldBe(file, customMessage: $"cut at {cut}");
        }

        for (var size = 1; size < 12; size++) Encoding.UTF8.GetString(FormReading.Of(bytes, pieces: size).File).ShouldBe(file, customMessage: $"pieces of {size}");
    }

    [Fact]
    public void With_a_token_the_file_may_come_first_or_alone()
    {
        FormReading.Of($"{FilePart}{SidPart}--B--").Events.ShouldBe(["part File", "part SidHash", $"sidhash {Hash}", "end"]);
        FormReading.Of($"{FilePart}--B--").Events.ShouldBe(["part File", "end"]);
        FormReading.Of($"{FilePart}{SidPart}--B--", sidHashFirst: true).Fault.ShouldBe("fault 400: SIDHASH is not before FILE");
        FormReading.Of($"{FilePart}--B--", sidHashFirst: true).Fault.ShouldBe("fault 400: SIDHASH is not before FILE");
    }

    [Theory]
    [InlineData("", "the body ends before its closing delimiter")]
    [InlineData("--B--", "the form has no FILE")]
    [InlineData($"{SidPart}--B--\r\n", "the form has no FILE")]
    [InlineData($"{SidPart}{FilePart}", "the body ends before its closing delimiter")]
    [InlineData($"{SidPart}{FilePart}--B-", "the body ends before its closing delimiter")]
    [InlineData($"{SidPart}{FilePart}--B--\r", "the body ends before its closing delimiter")]
    [InlineData($"{SidPart}{FilePart}--B--x", "the body ends before its closing delimiter")]
    [InlineData($"{SidPart}{FilePart}--B\r\n", "the body ends before its closing delimiter")]
    [InlineData($"{SidPart}--B\r\nContent-Disposition: form-data; name=FILE", "the body ends before its closing delimiter")]
    [InlineData($"{SidPart}{FilePart}{SidPart}--B--", "SIDHASH is there twice")]
    [InlineData($"{SidPart}{FilePart}{FilePart}--B--", "FILE is there twice")]
    [InlineData($"{SidPart}{FilePart}--B\r\nContent-Disposition: form-data; name=submit\r\n\r\nok\r\n--B--", "a part is neither SIDHASH nor FILE")]
    [InlineData($"{SidPart}{FilePart}--B\r\n\r\n--B--", "a part has no readable Content-Disposition with a name")]
    [InlineData("--B x\r\n", "a delimiter's line does not end")]
    [InlineData("--B \rx\n", "a delimiter's line does not end")]
    [InlineData($"{SidPart}\n--B\n--B--\n", "the body ends before its closing delimiter")]
    [InlineData("--B\r\nContent-Disposition: form-data; name=FILE\n\nx\r\n--B--", "the body ends before its closing delimiter")]
    public void What_is_no_such_form_is_refused_however_it_is_cut(string body, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(body);

        foreach (var size in (int[])[1, 2, 3, 7, int.MaxValue]) FormReading.Of(bytes, pieces: size).Fault.ShouldBe($"fault 400: {text}", customMessage: $"pieces of {size}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("SIDHASH")]
    [InlineData("aebf79a080576ab4687837ecf98c0aaf939a6e4")]
    [InlineData("aebf79a080576ab4687837ecf98c0aaf939a6e4g")]
    public void A_hash_is_forty_digits(string value) =>
        FormReading.Of($"{SidValue(value)}{FilePart}--B--").Fault.ShouldBe("fault 400: SIDHASH is not 40 hexadecimal digits");

    [Theory]
    [InlineData(24, WholeEnd)]
    [InlineData(25, "fault 400: SIDHASH is too long")]
    public void A_hash_has_its_limit(int spaces, string expected) =>
        FormReading.Of($"{SidValue(Hash + new string(' ', spaces))}{FilePart}--B--").Fault.ShouldBe(expected);

    private const string WholeEnd = "end";

    [Theory]
    [InlineData(1024, WholeEnd)]
    [InlineData(1025, "fault 400: no delimiter at the start of the body")]
    public void A_preamble_has_its_limit(int length, string expected)
    {
        foreach (var size in (int[])[1, 100, int.MaxValue])
        {
            FormReading.Of(Encoding.UTF8.GetBytes($"{new string('p', length)}\r\n{SidPart}{FilePart}--B--"), pieces: size).Fault.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(64, WholeEnd)]
    [InlineData(65, "fault 400: a delimiter's line does not end")]
    public void White_space_behind_a_delimiter_has_its_limit(int length, string expected) =>
        FormReading.Of($"--B{new string(' ', length)}{SidPart[3..]}{FilePart}--B--").Fault.ShouldBe(expected);

    [Theory]
    [InlineData(MultipartReader.MaxHeaderBytes, WholeEnd)]
    [InlineData(MultipartReader.MaxHeaderBytes + 1, "fault 400: a part's headers are too long")]
    public void Headers_have_their_limit(int length, string expected)
    {
        // The header lines with their ends and the empty line.
        const string Head = "Content-Disposition: form-data; name=FILE\r\nX: ";
        var headers = Head + new string('x', length - Head.Length - 4) + "\r\n\r\n";
        headers.Length.ShouldBe(length);
        foreach (var size in (int[])[1, 100, int.MaxValue])
        {
            var form = FormReading.Of(Encoding.UTF8.GetBytes($"--B\r\n{headers}x\r\n--B--"), pieces: size);
            form.Fault.ShouldBe(expected);
            form.MostBuffered.ShouldBeLessThanOrEqualTo(9 + 64 + MultipartReader.MaxHeaderBytes + 2);
        }
    }

    [Fact]
    public void The_end_is_known_as_soon_as_the_closing_line_is_there()
    {
        var reader = new MultipartReader("B", sidHashFirst: false);
        var body = Encoding.UTF8.GetBytes($"{FilePart}--B--\r\nepilogue");
        var kinds = new List<MultipartEventKind>();
        for (var at = 0; kinds is not [.., MultipartEventKind.NeedMore];)
        {
            var found = reader.Next(body.AsMemory(at));
            at += found.Consumed;
            kinds.Add(found.Kind);
        }

        kinds.ShouldBe([MultipartEventKind.Part, MultipartEventKind.FileBytes, MultipartEventKind.End, MultipartEventKind.NeedMore]);
        reader.Complete().Kind.ShouldBe(MultipartEventKind.End);
        reader.Complete().Kind.ShouldBe(MultipartEventKind.End);
        Should.Throw<InvalidOperationException>(() => reader.Next(body));
    }

    [Fact]
    public void A_fault_is_final()
    {
        var reader = new MultipartReader("B", sidHashFirst: false);
        reader.Next("--B x"u8.ToArray()).Kind.ShouldBe(MultipartEventKind.Fault);

        reader.Next(Encoding.UTF8.GetBytes(FilePart)).Kind.ShouldBe(MultipartEventKind.Fault);
        reader.Complete().Kind.ShouldBe(MultipartEventKind.Fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b ")]
    [InlineData("é")]
    [InlineData("a\r\n")]
    public void A_boundary_that_is_none_is_misuse(string boundary) => Should.Throw<ArgumentException>(() => new MultipartReader(boundary, sidHashFirst: false));

    // Neither at random nor when every line of the file begins like a delimiter: then it would be a write for each.
    [Theory]
    [InlineData("")]
    [InlineData($"\r\n--{DocumentsBoundary}x")]
    [InlineData($"\r\n--{DocumentsBoundary}--\rx")]
    public void A_large_file_is_handed_out_without_copying(string line)
    {
        var file = new byte[1 << 20];
        new Random(1).NextBytes(file);
        for (var i = 0; i < file.Length && line.Length > 0; i++) file[i] = (byte)line[i % line.Length];
        byte[] body = [.. Encoding.UTF8.GetBytes(FileHead.Replace("--B", "--" + DocumentsBoundary, StringComparison.Ordinal)), .. file, .. Encoding.UTF8.GetBytes($"\r\n--{DocumentsBoundary}--\r\n")];

        foreach (var size in (int[])[4096, 65_536, 65_537, int.MaxValue])
        {
            var form = FormReading.Of(body, DocumentsBoundary, pieces: size);
            form.Events.ShouldBe(["part File", "end"]);
            form.File.AsSpan().SequenceEqual(file).ShouldBeTrue();
            form.MostCopied.ShouldBeLessThanOrEqualTo(DocumentsBoundary.Length + 8);
            form.MostBuffered.ShouldBeLessThan(1024);
            form.MostSlices.ShouldBeLessThanOrEqualTo(3);
        }
    }
}
