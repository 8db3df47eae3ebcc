using Ferry.Protocol.Commands;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.FileIndex;

/// <summary>Every parser of the index on one element: none throws, and what is read is written and read again alike.</summary>
internal static class Everything
{
    public static void Read(Element element)
    {
        Again(element, e => IndexPublish.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(element, e => IndexPublished.TryParse(e, out var p) ? p.ToElement() : null);
        Again(element, e => IndexWithdraw.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(element, e => IndexDeliver.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(element, e => IndexAccess.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(element, e => FileRetrieve.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(element, e => FileMetadata.TryParse(e, out var p) ? p.ToElement() : null);
        Again(element, e => FolderListing.TryParse(e, out var p) ? p.ToElement() : null);
        Again(element, e => SearchAnswer.TryParse(e, out var p) ? p.ToElement(byForm: true) : null);
        Again(element, e => CommandRequest.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(element, e => CommandAnswer.TryParse(e, out var p) ? p.ToElement() : null);
        if (SearchRequest.TryParse(element, out var search, out _)) search.Query.IsIndexed.ShouldBeTrue();
        if (ResultSetQuery.TryFind(element, out var page)) _ = page?.ToElement().ToString();
    }

    private static void Again(Element element, Func<Element, Element?> read)
    {
        if (read(element) is not { } written) return;
        var second = read(TestXml.OverTheWire(written)) ?? throw new InvalidOperationException($"cannot be read again: {written}");
        second.ToString().ShouldBe(written.ToString());
    }
}
