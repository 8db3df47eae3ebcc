using System.Net.Http.Headers;
using FsCheck;
using FsCheck.Fluent;
using Ferry.Protocol.Files;
using Ferry.Protocol.HttpBridge;

namespace Ferry.Protocol.Tests.HttpBridge;

public sealed class DownloadHeadersTests
{
    [Theory]
    [InlineData("a.txt", "attachment; filename=\"a.txt\"; filename*=UTF-8''a.txt")]
    [InlineData("€ ä.txt", "attachment; filename=\"_ _.txt\"; filename*=UTF-8''%E2%82%AC%20%C3%A4.txt")]
    [InlineData("a\"b%41'c;.txt", "attachment; filename=\"a_b_41'c;.txt\"; filename*=UTF-8''a%22b%2541%27c%3B.txt")]
    [InlineData("../x\r\nSet-Cookie: y", "attachment; filename=\"xSet-Cookie: y\"; filename*=UTF-8''xSet-Cookie%3A%20y")]
    [InlineData("", "attachment; filename=\"file\"; filename*=UTF-8''file")]
    public void A_download_is_an_attachment_by_its_name(string name, string expected) => ContentDisposition.Attachment(name).ShouldBe(expected);

    [Fact]
    public void Any_name_is_read_back_by_the_platforms_parser() => Prop.ForAll(
        ArbMap.Default.ArbFor<string?>(),
        name =>
        {
            var header = ContentDisposition.Attachment(name ?? "");

            header.All(c => c is >= ' ' and <= '~').ShouldBeTrue();
            ContentDispositionHeaderValue.Parse(header).FileNameStar.ShouldBe(FileNames.Sanitise(name ?? ""));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("text/plain", "text/plain")]
    [InlineData("Image/PNG; x=y", "image/png")]
    [InlineData(" video/mp4 ", "video/mp4")]
    [InlineData("text/html", "application/octet-stream")]
    [InlineData("image/svg+xml", "application/octet-stream")]
    [InlineData("application/xhtml+xml", "application/octet-stream")]
    [InlineData("application/pdf", "application/octet-stream")]
    [InlineData("text/plain\r\nX: y", "application/octet-stream")]
    [InlineData("", "application/octet-stream")]
    [InlineData(null, "application/octet-stream")]
    public void Only_types_in_which_nothing_runs_go_out_as_announced(string? announced, string expected) => SafeMediaTypes.ForDownload(announced).ShouldBe(expected);
}
