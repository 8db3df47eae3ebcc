using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>An offer to send a file: an iq set to a full address (XEP-0095 section 3, XEP-0096 section 3).</summary>
/// <param name="Id">The offer's id, later the stream's sid; at most <see cref="MaxIdLength"/> characters are read.</param>
/// <param name="File">The file.</param>
/// <param name="Methods">The stream methods (namespaces) in the sender's order of preference; never empty.</param>
/// <param name="MimeType">The media type, or null, which means <c>application/octet-stream</c>.</param>
public sealed record SiOffer(string Id, SiFile File, IReadOnlyList<string> Methods, string? MimeType = null)
{
    /// <summary>Longer ids are refused.</summary>
    public const int MaxIdLength = 1024;

    /// <summary>Reads <c>si</c>; on false <paramref name="error"/> is the answer that <see cref="SiErrors"/> has for what is wrong.</summary>
    public static bool TryParse(Element si, [NotNullWhen(true)] out SiOffer? offer, [NotNullWhen(false)] out StanzaError? error)
    {
        offer = null;
        error = null;
        var (file, problem) = SiFile.Parse(si);
        if (!si.Is(Namespaces.StreamInitiation, "si"))
        {
            error = SiErrors.BadRequest("not a stream initiation");
        }
        else if (si.Attribute("id") is not { Length: > 0 and <= MaxIdLength } id)
        {
            error = SiErrors.BadRequest("no id");
        }
        else if (si.Attribute("profile") != Namespaces.FileTransferProfile)
        {
            error = SiErrors.BadProfile;
        }
        else if (file is null)
        {
            error = SiErrors.BadRequest(problem ?? "no file");
        }
        else if (StreamMethodForm.Read(si, field => field.Options.Concat(field.Values)) is not { } methods)
        {
            error = SiErrors.NoForm;
        }
        else if (methods.Count == 0)
        {
            error = SiErrors.NoValidStreams;
        }
        else
        {
            offer = new SiOffer(id, file, methods, si.Attribute("mime-type"));
        }

        return offer is not null;
    }

    public Element ToElement() => new(
        Namespaces.StreamInitiation,
        "si",
        ("id", Id),
        ("mime-type", MimeType),
        ("profile", Namespaces.FileTransferProfile),
        File.ToElement(),
        StreamMethodForm.Offer(Methods));
}
