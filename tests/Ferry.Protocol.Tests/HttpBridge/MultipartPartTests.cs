using System.Text;
using Ferry.Protocol.HttpBridge;

namespace Ferry.Protocol.Tests.HttpBridge;

public sealed class MultipartPartTests
{
    [Theory]
    [InlineData("Content-Disposition: form-data; name=\"FILE\"; filename=\"a.txt\"", "a.txt")]
    [InlineData("CONTENT-DISPOSITION:form-data;NAME=file;FILENAME=a.txt", "a.txt")]
    [InlineData("content-disposition: Form-Data ; name = FILE ; filename = \"a b.txt\" ;", "a b.txt")]
    [InlineData("Content-Disposition: form-data; filename=\"a;b=c.txt\"; name=FILE", "a;b=c.txt")]
    [InlineData("Content-Disposition: form-data;\r\n name=\"FILE\";\r\n\tfilename=\"a.txt\"", "a.txt")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"a\\\"b.txt\"", "a\"b.txt")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"C:\\dir\\new\\a.txt\"", "a.txt")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"\\\\\\\\host\\\\share\\\\a.txt\"", "a.txt")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"../../etc/passwd\"", "passwd")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"€.txt\"", "€.txt")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"EUR.txt\"; filename*=UTF-8''%e2%82%ac.txt", "€.txt")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename*=iso-8859-1'en'%A3.txt; filename=\"x\"", "£.txt")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename*=UTF-8''..%2f..%5cpasswd", "passwd")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"x\"; filename*=UTF-8''%e2%82", "x")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"x\"; filename*=UTF-8''%4", "x")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"x\"; filename*=KOI8-R''%D0", "x")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"x\"; filename*=y", "x")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"\"", null)]
    [InlineData("Content-Disposition: form-data; name=FILE", null)]
    [InlineData("X-Other: y\r\nContent-Disposition: form-data; name=FILE\r\nContent-Transfer-Encoding: Binary", null)]
    public void Names_of_files_are_read(string headers, string? expected)
    {
        Read(headers, out var part, out _).ShouldBeTrue();

        part.ShouldBe(new MultipartPart(MultipartField.File, expected, null));
    }

    [Fact]
    public void A_name_that_is_not_UTF8_is_taken_for_Latin_1()
    {
        MultipartPart.TryParse([.. "Content-Disposition: form-data; name=FILE; filename=\""u8, 0xE9, .. ".txt\"\r\n"u8], out var part, out _).ShouldBeTrue();

        part.FileName.ShouldBe("é.txt");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Content-Type: text/plain")]
    [InlineData("Content-Disposition: form-data")]
    [InlineData("Content-Disposition: form-data; name")]
    [InlineData("Content-Disposition: form-data; name=\"FILE")]
    [InlineData("Content-Disposition: form-data; name=\"FILE\"x")]
    [InlineData("Content-Disposition: form-data; name=\"FILE\\\"")]
    [InlineData("Content-Disposition: form-data; name=FI\"LE")]
    [InlineData("Content-Disposition: form-data; name=FILE; name=SIDHASH")]
    [InlineData("Content-Disposition: attachment; name=FILE")]
    [InlineData("Content-Disposition: form-data; name=other")]
    [InlineData("Content-Disposition: form-data; name=FILE\r\nContent-Disposition: form-data; name=SIDHASH")]
    [InlineData("Content-Disposition: form-data; name=FILE\r\nContent-Type: a/b\r\nContent-Type: c/d")]
    [InlineData("Content-Disposition: form-data; name=FILE\r\nno colon")]
    [InlineData("Content-Disposition: form-data; name=FILE\r\n: no name")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"a\nb\"")]
    [InlineData("Content-Disposition: form-data; name=FILE; filename=\"a\0b\"")]
    [InlineData("Content-Disposition: form-data; name=FILE\r\nContent-Transfer-Encoding: base64")]
    public void Headers_that_cannot_be_read_are_a_bad_request(string headers)
    {
        Read(headers, out _, out var fault).ShouldBeFalse();

        fault!.Status.ShouldBe(400);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Parameters_are_bounded(int count, bool expected)
    {
        var more = string.Concat(Enumerable.Range(2, count - 1).Select(i => $"; p{i}=x"));

        Read("Content-Disposition: form-data; name=FILE" + more, out _, out _).ShouldBe(expected);
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=abc", "abc")]
    [InlineData("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b'()+_,-./:=?c\"", "a b'()+_,-./:=?c")]
    [InlineData("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", "----WebKitFormBoundary7MA4YWxkTrZu0gW")]
    [InlineData("multipart/form-data; boundary=a=b", "a=b")]
    public void A_boundary_is_read(string contentType, string expected)
    {
        MultipartBoundary.TryParse(contentType, out var boundary, out _).ShouldBeTrue();

        boundary.ShouldBe(expected);
    }

    [Theory]
    [InlineData(null, 415)]
    [InlineData("", 415)]
    [InlineData("text/plain; boundary=a", 415)]
    [InlineData("multipart/mixed; boundary=a", 415)]
    [InlineData("multipart/form-data", 400)]
    [InlineData("multipart/form-data; boundary=", 400)]
    [InlineData("multipart/form-data; boundary=\"\"", 400)]
    [InlineData("multipart/form-data; boundary=\"a", 400)]
    [InlineData("multipart/form-data; boundary=\"a \"", 400)]
    [InlineData("multipart/form-data; boundary=a; boundary=b", 400)]
    [InlineData("multipart/form-data; boundary=é", 400)]
    [InlineData("multipart/form-data; boundary=\"a\r\nb\"", 400)]
    public void What_is_no_form_has_its_status(string? contentType, int status)
    {
        MultipartBoundary.TryParse(contentType, out _, out var fault).ShouldBeFalse();

        fault!.Status.ShouldBe(status);
    }

    [Theory]
    [InlineData(70, true)]
    [InlineData(71, false)]
    public void A_boundary_has_its_limit(int length, bool expected) =>
        MultipartBoundary.TryParse("multipart/form-data; boundary=" + new string('b', length), out _, out _).ShouldBe(expected);

    private static bool Read(string headers, out MultipartPart? part, out MultipartFault? fault) =>
        MultipartPart.TryParse(Encoding.UTF8.GetBytes(headers + "\r\n"), out part, out fault);
}
