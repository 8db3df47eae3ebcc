namespace Ferry;

/// <summary>Refuses options that cannot mean anything, before anything is connected.</summary>
internal static class OptionCheck
{
    public static void Require(FerryOptions options)
    {
        if (options.Account.Local is null) throw Wrong($"'{options.Account}' is a server's address", "write name@domain");
        if (options.Password is null && options.PasswordProvider is null) throw Wrong("there is no password", "set Password or PasswordProvider");
        Known(options.Offers, OfferNames.All, "offer");
        Known(options.Methods, MethodNames.All, "method");
        foreach (var (first, last) in options.ListenPorts)
        {
            if (first < 1 || last > 65535 || first > last) throw Wrong($"{first}-{last} is not a range of ports", "both ends are 1 to 65535, the first not above the last");
        }
    }

    private static void Known(IReadOnlyList<string> given, IReadOnlyList<string> known, string what)
    {
        foreach (var name in given)
        {
            if (!known.Contains(name)) throw Wrong($"there is no {what} called '{name}'", $"there are: {string.Join(", ", known)}");
        }
    }

    private static FerryException Wrong(string message, string hint) => new(FailureReason.Usage, Side.Here, message, hint);
}
