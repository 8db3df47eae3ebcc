using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Ferry.Protocol.Files;

namespace Ferry.Protocol.Tests.Files;

public class FileNamesTests
{
    public static TheoryData<string, string> Corpus()
    {
        var data = new TheoryData<string, string>();
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Files", "hostile-names.tsv")))
        {
            if (!line.StartsWith('#'))
            {
                string[] columns = line.Split('\t');
                data.Add(columns[0], columns[1]);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Hostile_names_become_plain(string given, string expected) =>
        FileNames.Sanitise(Unquote(given)).ShouldBe(Unquote(expected));

    [Fact]
    public void A_long_name_keeps_its_extension()
    {
        string result = FileNames.Sanitise(new string('a', 5000) + ".tar");
        result.ShouldEndWith("aaa.tar");
        Encoding.UTF8.GetByteCount(result).ShouldBe(FileNames.MaxBytes);
    }

    [Theory]
    [InlineData("é")]
    [InlineData("名")]
    [InlineData("😀")]
    public void A_long_name_is_cut_between_characters(string character)
    {
        string result = FileNames.Sanitise(string.Concat(Enumerable.Repeat(character, 1000)) + ".x");
        Encoding.UTF8.GetByteCount(result).ShouldBeInRange(FileNames.MaxBytes - 3, FileNames.MaxBytes);
        result.Replace(character, "", StringComparison.Ordinal).ShouldBe(".x");
    }

    [Fact]
    public void An_endless_extension_is_not_one()
    {
        string result = FileNames.Sanitise("a." + new string('b', 5000));
        result.ShouldBe("a." + new string('b', FileNames.MaxBytes - 2));
    }

    [Fact]
    public void A_device_that_shortening_brings_out_is_found() =>
        FileNames.Sanitise("CON" + new string(' ', 500) + "x.txt").ShouldBe("_CON.txt");

    [Fact]
    public void The_partial_file_of_the_longest_numbered_name_fits()
    {
        string longest = FileNames.Sanitise(new string('a', 5000));
        Encoding.UTF8.GetByteCount(FileNames.Partial(FileNames.Numbered(longest, 999))).ShouldBe(255);
    }

    [Theory]
    [InlineData("a.txt", 2, "a (2).txt")]
    [InlineData("a", 3, "a (3)")]
    [InlineData(".bashrc", 2, ".bashrc (2)")]
    [InlineData("a.tar.gz", 12, "a.tar (12).gz")]
    public void A_number_goes_before_the_extension(string name, int number, string expected) =>
        FileNames.Numbered(name, number).ShouldBe(expected);

    [Fact]
    public void Every_result_is_a_plain_name_and_stays_as_it_is()
    {
        // Pieces that mean something meet in any order, with any UTF-16 unit between.
        Gen<string> piece = Gen.OneOf(
            Gen.Elements("/", "\\", ".", "..", " ", "CON", "nul", "_", ".ferry-part", "\0", "\n", "\u202e", "\ud83d", "\ude00", "😀", "a", "\u0301"),
            Gen.Choose(0, 0xFFFF).Select(unit => ((char)unit).ToString(CultureInfo.InvariantCulture)),
            Gen.Choose(1, 300).Select(count => new string(' ', count)),
            Gen.Choose(1, 300).Select(count => new string('é', count)));
        Prop.ForAll(
            piece.ArrayOf().Select(string.Concat).ToArbitrary(),
            name =>
            {
                string result = FileNames.Sanitise(name);
                FileNames.Sanitise(result).ShouldBe(result);
                result.ShouldNotBeOneOf("", ".", "..");
                result.IndexOfAny(['/', '\\', '\0']).ShouldBe(-1);
                result.Any(char.IsControl).ShouldBeFalse();
                (result[^1] is '.' or ' ').ShouldBeFalse();
                Encoding.UTF8.GetByteCount(result).ShouldBeLessThanOrEqualTo(FileNames.MaxBytes);
                new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(result).Length.ShouldBeGreaterThan(0);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static string Unquote(string json) =>
        Regex.Replace(json[1..^1], @"\\(u[0-9a-f]{4}|.)", match => match.Value[1] switch
        {
            'u' => ((char)int.Parse(match.Value[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture),
            'n' => "\n",
            'r' => "\r",
            char other => other.ToString(CultureInfo.InvariantCulture),
        });
}
