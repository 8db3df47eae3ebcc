using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Forms;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.FileIndex;

public sealed class SearchTests
{
    [Theory]
    [InlineData("Straße", "strasse")]
    [InlineData("ÀÉÎÕÜ", "aeiou")]
    [InlineData("Ｆｅｒｒｙ", "ferry")]
    [InlineData("Łódź", "lodz")]
    [InlineData("ΣΊΣΥΦΟΣ", "σισυφοσ")]
    [InlineData("ﬁle", "file")]
    [InlineData("漢字", "漢字")]
    public void Texts_are_compared_without_case_and_marks(string text, string folded) => SearchText.Fold(text).ShouldBe(folded);

    [Fact]
    public void Folding_is_final_and_words_are_words()
    {
        Prop.ForAll<string>(text =>
        {
            var safe = text ?? "";
            var once = SearchText.Fold(safe);
            SearchText.Fold(once).ShouldBe(once);
            foreach (var word in SearchText.Words(safe))
            {
                word.Length.ShouldBeInRange(1, SearchText.MaxWord);
                word.EnumerateRunes().All(System.Text.Rune.IsLetterOrDigit).ShouldBeTrue();
                SearchText.Words(word).ShouldBe([word]);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Words_are_runs_of_letters_and_digits_each_once() =>
        SearchText.Words("My_Report-2024 (final) FINAL.pdf").ShouldBe(["my", "report", "2024", "final", "pdf"]);

    [Theory]
    [InlineData("*part*", "apartment.txt", true)]
    [InlineData("*part*", "apricot.txt", false)]
    [InlineData("*.pdf", "a.pdf", true)]
    [InlineData("*.pdf", "a.pdf.txt", false)]
    [InlineData("rep?rt.*", "report.pdf", true)]
    [InlineData("rep?rt.*", "repoort.pdf", false)]
    [InlineData("a*b*c", "aXbXbXc", true)]
    [InlineData("a*b*c", "aXbXbX", false)]
    [InlineData("*", "", true)]
    [InlineData("?", "\U0001F600", true)]
    public void Patterns(string pattern, string name, bool matches) => new NamePattern(pattern).Matches(SearchText.Fold(name)).ShouldBe(matches);

    // The obvious recursive definition says the same.
    [Fact]
    public void Patterns_mean_what_they_say()
    {
        var text = Gen.Elements('a', 'b', '*', '?').ListOf().Select(list => string.Concat(list.Take(8)));
        var name = Gen.Elements('a', 'b').ListOf().Select(list => string.Concat(list.Take(8)));
        Prop.ForAll(text.ToArbitrary(), name.ToArbitrary(), (pattern, given) => new NamePattern(pattern).Matches(given) == Matches(pattern, given)).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

        static bool Matches(string pattern, string name) => pattern switch
        {
            "" => name.Length == 0,
            ['*', ..] => Matches(pattern[1..], name) || (name.Length > 0 && Matches(pattern, name[1..])),
            _ => name.Length > 0 && (pattern[0] == '?' || pattern[0] == name[0]) && Matches(pattern[1..], name[1..]),
        };
    }

    [Fact]
    public void A_pattern_that_nearly_matches_takes_no_time_to_speak_of() =>
        new NamePattern(string.Concat(Enumerable.Repeat("a*", 60)) + "b").Matches(new string('a', 255)).ShouldBeFalse();

    [Fact]
    public void What_people_type_is_understood()
    {
        var (query, _) = SearchWords.Parse("Holiday 2024 repor* *part* type:video size:>10MB owner:Alice@example.org/x online:yes hash:" + new string('A', 64));
        query!.Words.ShouldBe(["holiday", "2024"]);
        query.Prefixes.ShouldBe(["repor"]);
        query.Patterns.ShouldBe([new NamePattern("*part*")]);
        (query.Kind, query.MinSize, query.MaxSize, query.Online).ShouldBe((FileKind.Video, 10_000_000L, null, true));
        query.Owner.ShouldBe(Jid.Parse("alice@example.org"));
        query.Hash.ShouldBe(FileHash.Sha256(new string('a', 64)));
        SearchWords.Parse("type:video/mp4").Query!.MediaType.ShouldBe("video/mp4");
        SearchWords.Parse("new-yea*").Query!.Words.ShouldBe(["new"]);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1.5 kB", 1500)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData("0", 0)]
    public void Sizes(string text, long bytes)
    {
        SearchWords.TrySize(text, out var read).ShouldBeTrue();
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("-1")]
    [InlineData("1 XB")]
    [InlineData("99999999 TB")]
    [InlineData("1.2.3")]
    public void What_is_no_size(string text) => SearchWords.TrySize(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("type:nothing")]
    [InlineData("size:many")]
    [InlineData("hash:xyz")]
    [InlineData("owner:@")]
    [InlineData("a*")]
    [InlineData("a b c d e f g h i j k l m n o p q")]
    public void What_cannot_be_searched_says_why(string text) => SearchWords.Parse(text).Problem.ShouldNotBeNullOrEmpty();

    [Fact]
    public void Searches_have_their_lengths()
    {
        SearchWords.Parse(new string('a', 513)).Query.ShouldBeNull();
        SearchWords.Parse("*" + new string('a', 128)).Query.ShouldBeNull();
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("*", false)]
    [InlineData("online:yes", false)]
    [InlineData("*a?", false)]
    [InlineData("*ab", false)]
    [InlineData("*abc", true)]
    [InlineData("word *a?", true)]
    [InlineData("type:image", true)]
    public void An_empty_search_is_none(string text, bool indexed) => SearchWords.Parse(text).Query!.IsIndexed.ShouldBe(indexed);

    [Fact]
    public void Any_text_is_parsed_or_refused() =>
        Prop.ForAll<string>(text => SearchWords.Parse(text ?? "") is var (query, problem) && (query is null) == (problem is not null)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void The_fields_say_what_there_is()
    {
        var fields = SearchRequest.Fields();
        fields.Children.Where(child => child.Namespace == Namespaces.Search).Select(child => child.Name).ShouldBe(["instructions", "first", "last", "nick", "email"]);
        DataForm.TryParse(fields.Child(Namespaces.DataForms, "x")!, out var form).ShouldBeTrue();
        form.FormType.ShouldBe("jabber:iq:search");
        form.Fields.Skip(1).Select(field => (field.Var, field.Type)).ShouldBe([
            ("x-name", "text-single"), ("x-type", "list-single"), ("x-minsize", "text-single"), ("x-maxsize", "text-single"), ("x-hash", "text-single"), ("x-owner", "jid-single"), ("x-online", "boolean")]);
    }

    [Fact]
    public void A_form_and_the_old_fields_ask_the_same()
    {
        var form = Read("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>jabber:iq:search</value></field><field var='x-name'><value>report 2024</value></field><field var='x-type'><value>video</value></field><field var='x-minsize'><value>10MB</value></field></x>");
        form.ByForm.ShouldBeTrue();
        var old = Read("<nick>report</nick><email>2024</email><last>video</last><first>>10MB</first>");
        old.ByForm.ShouldBeFalse();
        foreach (var query in new[] { form.Query, old.Query })
        {
            query.Words.ShouldBe(["report", "2024"]);
            (query.Kind, query.MinSize).ShouldBe((FileKind.Video, 10_000_000L));
        }

        static SearchRequest Read(string children)
        {
            SearchRequest.TryParse(TestXml.Parse($"<query xmlns='jabber:iq:search'>{children}</query>"), out var request, out _).ShouldBeTrue();
            return request;
        }
    }

    [Theory]
    [InlineData("", ErrorCondition.NotAcceptable)]
    [InlineData("<nick>  </nick>", ErrorCondition.NotAcceptable)]
    [InlineData("<nick>a</nick><set xmlns='http://jabber.org/protocol/rsm'><max>501</max></set>", ErrorCondition.PolicyViolation)]
    [InlineData("<nick>a</nick><set xmlns='http://jabber.org/protocol/rsm'><max>many</max></set>", ErrorCondition.BadRequest)]
    [InlineData("<nick>a</nick><first>many</first>", ErrorCondition.BadRequest)]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='x-type'><value>any</value></field></x>", ErrorCondition.NotAcceptable)]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>other</value></field></x>", ErrorCondition.BadRequest)]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='x-owner'><value>@</value></field></x>", ErrorCondition.BadRequest)]
    public void What_is_no_search_is_refused_by_name(string children, ErrorCondition condition)
    {
        SearchRequest.TryParse(TestXml.Parse($"<query xmlns='jabber:iq:search'>{children}</query>"), out _, out var error).ShouldBeFalse();
        error.Condition.ShouldBe(condition);
    }

    [Fact]
    public void What_is_submitted_is_read()
    {
        var (query, _) = SearchWords.Parse("report repor* type:video size:5-7 owner:a@b online:yes hash:" + new string('1', 40));
        SearchRequest.TryParse(TestXml.OverTheWire(SearchRequest.Submit(query!, "report repor*", new ResultSetQuery(7, "x"))), out var read, out _).ShouldBeTrue();
        read.Page.ShouldBe(new ResultSetQuery(7, "x"));
        (read.Query.Kind, read.Query.MinSize, read.Query.MaxSize, read.Query.Owner, read.Query.Online, read.Query.Hash).ShouldBe((query!.Kind, query.MinSize, query.MaxSize, query.Owner, true, query.Hash));
        read.Query.Words.ShouldBe(query.Words);
        read.Query.Prefixes.ShouldBe(query.Prefixes);
    }

    [Fact]
    public void Columns_stand_in_the_order_that_clients_rely_on_and_rows_are_read_again()
    {
        var hit = new SearchHit(
            7, Jid.Parse("alice@example.org/r"), new FileNode(Jid.Parse("alice@example.org"), "docs/a/report.pdf"),
            new FileMetadata("report.pdf", 1234, "application/pdf", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) { Hashes = [FileHash.Sha256(new string('a', 64))] });
        var answer = new SearchAnswer([hit], new ResultSetPage("a", 0, "a", 1));
        var element = TestXml.OverTheWire(answer.ToElement(byForm: true));
        DataForm.TryParse(element.Child(Namespaces.DataForms, "x")!, out var form).ShouldBeTrue();
        form.Reported!.Select(field => field.Var).ShouldBe(["jid", "nick", "x-size", "x-date", "x-hash", "x-node", "x-url"]);
        form.Items.ShouldHaveSingleItem().Select(field => field.Values[0]).ShouldBe([
            "alice@example.org/r", "report.pdf", "1234", "2026-01-01T00:00:00Z", "sha-256:" + new string('a', 64), "files/alice@example.org/docs/a/report.pdf", "xmpp:alice@example.org/r?jingle-ft"]);
        SearchAnswer.TryParse(element, out var read).ShouldBeTrue();
        var again = read.Hits.ShouldHaveSingleItem();
        (again.Owner, again.Node, again.File.Name, again.File.Size).ShouldBe((hit.Owner, hit.Node, "report.pdf", 1234L));
        read.Page.ShouldBe(answer.Page);
        var item = answer.ToElement(byForm: false).Child(Namespaces.Search, "item")!;
        (item.Attribute("jid"), item.Child(Namespaces.Search, "nick")!.Text, item.Child(Namespaces.Search, "first")!.Text, item.Child(Namespaces.Search, "email")!.Text)
            .ShouldBe(("alice@example.org/r", "report.pdf", "1234", "docs/a/report.pdf"));
    }

    [Fact]
    public void No_hit_is_an_empty_table_or_an_empty_query()
    {
        var none = new SearchAnswer([], null);
        none.ToElement(byForm: true).Child(Namespaces.DataForms, "x")!.Child(Namespaces.DataForms, "reported").ShouldNotBeNull();
        none.ToElement(byForm: false).FirstChild.ShouldBeNull();
    }

    [Theory]
    [InlineData("a.mp4", null, FileKind.Video)]
    [InlineData("a.mp4", "audio/mp4", FileKind.Audio)]
    [InlineData("a.bin", "application/pdf", FileKind.Document)]
    [InlineData("a", "application/vnd.oasis.opendocument.text", FileKind.Document)]
    [InlineData("a.ZIP", "application/octet-stream", FileKind.Archive)]
    [InlineData("a", null, FileKind.Other)]
    public void Kinds(string name, string? type, FileKind kind) => FileKinds.Of(new FileMetadata(name, 1, type)).ShouldBe(kind);
}
