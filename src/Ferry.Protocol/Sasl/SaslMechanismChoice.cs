namespace Ferry.Protocol.Sasl;

/// <summary>Picks a mechanism from a server's list (RFC 6120 §6, XEP-0440) so that a man in the middle cannot pick a weaker one.</summary>
/// <remarks>
/// Strongest first: -PLUS by hash, then plain SCRAM by hash, then PLAIN where it is allowed, inside verified TLS. The rules of channel binding, for the SASL profile of RFC 6120:
/// <list type="table">
/// <item><term>types listed, no -PLUS</term><description>refused: somebody took -PLUS away</description></item>
/// <item><term>types listed with -PLUS, one of them ours</term><description>-PLUS; exporter before end-point before unique</description></item>
/// <item><term>types listed with -PLUS, none ours</term><description><c>n</c>; unless end-point is listed, only if the server proves its list (XEP-0474)</description></item>
/// <item><term>-PLUS, no types listed</term><description>tls-unique below TLS 1.3, else no -PLUS and <c>n</c></description></item>
/// <item><term>neither</term><description><c>y</c> if we could bind, else <c>n</c></description></item>
/// </list>
/// </remarks>
public static class SaslMechanismChoice
{
    /// <summary>The most names of a list that are looked at.</summary>
    public const int MaxNames = 64;

    private static readonly string[] Preferred = [ChannelBinding.TlsExporter, ChannelBinding.TlsServerEndPoint, ChannelBinding.TlsUnique];

    /// <summary>Chooses.</summary>
    /// <param name="offer">The server's lists.</param>
    /// <param name="channel">The connection.</param>
    /// <param name="allowPlain">The user allows PLAIN.</param>
    public static SaslChoice Choose(SaslOffer offer, SaslChannel channel, bool allowPlain)
    {
        var names = offer.Mechanisms.Take(MaxNames).ToList();
        var types = (offer.ChannelBindings ?? []).Take(MaxNames).ToList();
        var scram = new List<ScramMechanism>();
        foreach (var name in names)
        {
            if (ScramMechanism.TryParse(name, out var mechanism))
                scram.Add(mechanism);
        }

        if (channel.Bindings.Count > 0 && types.Count > 0 && !names.Exists(n => n.EndsWith("-PLUS", StringComparison.Ordinal)))
            return Refuse(SaslFailureReason.Downgrade, "the server lists channel binding types but no mechanism that binds: its list may have been changed on the way");
        if (scram.Count == 0)
            return ChoosePlain(names, channel, allowPlain);
        return Strongest(scram, plus: true) is { } plus ? ChoosePlus(plus, scram, types, channel) : Unbound(scram, channel, plusOffered: false);
    }

    private static SaslChoice ChoosePlus(ScramMechanism plus, List<ScramMechanism> scram, List<string> types, SaslChannel channel)
    {
        if (channel.Bindings.Count == 0)
            return Unbound(scram, channel, plusOffered: true);

        var candidates = types.Count == 0 ? [ChannelBinding.TlsUnique] : Preferred.Where(types.Contains);
        foreach (var type in candidates)
        {
            if (type == ChannelBinding.TlsUnique && channel.Tls13)
                continue;
            if (channel.Bindings.TryGetValue(type, out var data))
                return new SaslChoice.Scram(plus, new ScramBinding.Bound(type, data), RequireDowngradeHash: false);
        }

        var mustProve = types.Count > 0 && !types.Contains(ChannelBinding.TlsServerEndPoint);
        return Unbound(scram, channel, plusOffered: true, mustProve);
    }

    /// <summary><c>y</c> would tell a server that did offer -PLUS that it was hidden from us, so it is said only when it was not offered.</summary>
    private static SaslChoice Unbound(List<ScramMechanism> scram, SaslChannel channel, bool plusOffered, bool mustProve = false)
    {
        if (Strongest(scram, plus: false) is not { } mechanism)
            return Refuse(SaslFailureReason.ChannelBinding, "the server wants channel binding of a kind that is not possible here");
        ScramBinding binding = !plusOffered && channel.Bindings.Count > 0 ? new ScramBinding.NotOffered() : new ScramBinding.None();
        return new SaslChoice.Scram(mechanism, binding, mustProve);
    }

    private static SaslChoice ChoosePlain(List<string> names, SaslChannel channel, bool allowPlain)
    {
        if (!names.Contains("PLAIN"))
            return Refuse(SaslFailureReason.NoMechanism, "the server offers no mechanism that is known here");
        if (!allowPlain)
            return Refuse(SaslFailureReason.PlainRefused, "the server takes only PLAIN, which shows it the password: allow it explicitly");
        if (!channel.TlsVerified)
            return Refuse(SaslFailureReason.PlainRefused, "the server takes only PLAIN, which is never used outside verified TLS");
        return new SaslChoice.Plain();
    }

    private static ScramMechanism? Strongest(List<ScramMechanism> scram, bool plus) => scram
        .Where(m => m.Plus == plus)
        .OrderByDescending(m => m.Hash)
        .Select(m => (ScramMechanism?)m)
        .FirstOrDefault();

    private static SaslChoice.Refused Refuse(SaslFailureReason reason, string text) => new(new SaslFailure(reason, text));
}
