using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace Ferry.Protocol.Addressing;

/// <summary>
/// An XMPP address, <c>local@domain/resource</c> (RFC 7622), prepared for comparison: local part and domain are case-folded,
/// the resource keeps its case. Each part holds at most 1,023 UTF-8 bytes.
/// </summary>
public sealed class Jid : IEquatable<Jid>
{
    private const int MaxPartBytes = 1023;

    // RFC 7622 section 3.3.1: excluded from the local part.
    private static readonly SearchValues<char> ForbiddenInLocal = SearchValues.Create("\"&'/:<>@ ");

    private readonly string _text;

    private Jid(string? local, string domain, string? resource)
    {
        Local = local;
        Domain = domain;
        Resource = resource;
        _text = (local is null ? "" : local + "@") + domain + (resource is null ? "" : "/" + resource);
    }

    /// <summary>The part before the <c>@</c>, or null.</summary>
    public string? Local { get; }

    /// <summary>The domain: a host name in Unicode form and lower case, or an IP literal.</summary>
    public string Domain { get; }

    /// <summary>The resource, case kept, or null for a bare address.</summary>
    public string? Resource { get; }

    /// <summary>Whether there is a resource.</summary>
    public bool IsFull => Resource is not null;

    /// <summary>The address without its resource.</summary>
    public Jid Bare => Resource is null ? this : new Jid(Local, Domain, null);

    /// <summary>Parses an address; throws <see cref="FormatException"/> where <see cref="TryParse"/> says no.</summary>
    public static Jid Parse(string text) =>
        TryParse(text, out var jid) ? jid : throw new FormatException($"'{text}' is not an XMPP address (name@domain/resource)");

    /// <summary>Parses and prepares an address. Splits at the first <c>/</c>, then at the first <c>@</c> before it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Jid? jid)
    {
        jid = null;
        if (string.IsNullOrEmpty(text) || text.Length > 3 * MaxPartBytes + 2) return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var head = slash < 0 ? text : text[..slash];
        var at = head.IndexOf('@', StringComparison.Ordinal);
        string? local = null, resource = null;
        if (at >= 0 && !TryPrepareLocal(head[..at], out local)) return false;
        if (!TryPrepareDomain(head[(at + 1)..], out var domain)) return false;
        if (slash >= 0 && !TryPrepareResource(text[(slash + 1)..], out resource)) return false;
        jid = new Jid(local, domain, resource);
        return true;
    }

    /// <summary>The same account or server with this resource; throws <see cref="FormatException"/> for an impossible one.</summary>
    public Jid WithResource(string resource) =>
        TryPrepareResource(resource, out var prepared)
            ? new Jid(Local, Domain, prepared)
            : throw new FormatException($"'{resource}' is not an XMPP resource");

    /// <inheritdoc/>
    public bool Equals(Jid? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Jid);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The prepared address as it goes over the wire.</summary>
    public override string ToString() => _text;

    public static bool operator ==(Jid? left, Jid? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Jid? left, Jid? right) => !(left == right);

    private static bool TryPrepareLocal(string part, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        if (!TryNormalise(part, out var normal)) return false;
        normal = normal.ToLowerInvariant().Normalize(NormalizationForm.FormC);
        if (normal.AsSpan().IndexOfAny(ForbiddenInLocal) >= 0 || !FitsPart(normal)) return false;
        foreach (var c in normal)
        {
            if (char.IsControl(c) || char.IsWhiteSpace(c) || IsDirectionControl(c)) return false;
        }

        prepared = normal;
        return true;
    }

    private static bool TryPrepareDomain(string part, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        var domain = part.EndsWith('.') ? part[..^1] : part;
        if (domain.Length == 0) return false;
        if (domain[0] == '[')
        {
            if (domain[^1] != ']' || !IPAddress.TryParse(domain.AsSpan(1, domain.Length - 2), out var address)) return false;
            prepared = $"[{address}]";
            return true;
        }

        if (!IsDomainText(domain)) return false;
        var mapped = !Ascii.IsValid(domain) || domain.Contains("xn--", StringComparison.OrdinalIgnoreCase);
        try
        {
            // Both spellings of a name become one: A-labels to U-labels, upper case to lower.
            domain = mapped ? Map(domain) : domain.ToLowerInvariant();
            // Broken A-labels map to what maps to something else again: such an address would compare differently at each hop.
            if (mapped && Map(domain) != domain) return false;
        }
        catch (ArgumentException)
        {
            return false;
        }

        // Again: the mapping turns full-width letters into ASCII ones (a solidus and an at among them) and other full stops into dots.
        if (mapped && domain.EndsWith('.')) domain = domain[..^1];
        if (!IsDomainText(domain) || domain.Contains("..", StringComparison.Ordinal) || domain is "" or ['.', ..] or [.., '.'] || !FitsPart(domain)) return false;
        prepared = domain;
        return true;
    }

    private static string Map(string domain) =>
        new IdnMapping().GetUnicode(new IdnMapping().GetAscii(domain.Normalize(NormalizationForm.FormC).ToLowerInvariant()));

    private static bool IsDomainText(string domain)
    {
        foreach (var c in domain)
        {
            if (c <= ' ' || c == '@' || c == '/' || c == '\\' || c == ':' || c == '[' || c == ']' || c == '<' || c == '>' || c == '&' || c == '"' || c == '\''
                || char.IsControl(c) || char.IsWhiteSpace(c)) return false;
        }

        return true;
    }

    private static bool TryPrepareResource(string part, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        if (!TryNormalise(part, out var normal) || !FitsPart(normal)) return false;
        foreach (var c in normal)
        {
            if (char.IsControl(c)) return false;
        }

        prepared = normal;
        return true;
    }

    private static bool TryNormalise(string part, [NotNullWhen(true)] out string? normal)
    {
        normal = null;
        if (part.Length == 0) return false;
        if (Ascii.IsValid(part))
        {
            normal = part;
            return true;
        }

        try
        {
            normal = part.Normalize(NormalizationForm.FormC);
            return normal.AsSpan().IndexOfAny('\uFFFE', '\uFFFF') < 0;
        }
        catch (ArgumentException)
        {
            return false; // lone surrogates
        }
    }

    private static bool FitsPart(string part) => part.Length > 0 && Encoding.UTF8.GetByteCount(part) <= MaxPartBytes;

    private static bool IsDirectionControl(char c) => c is (>= '\u200E' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
