using System.Text.Json;
using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>People who know each other: <c>ferry contact add</c> on one side, a client that says yes and asks back on the other.</summary>
internal static class Contacts
{
    private const int Looks = 20;

    /// <summary>Makes <paramref name="peer"/>, who is logged in, a contact of <paramref name="ferry"/>'s, until the server says that Ferry sees it.</summary>
    public static async Task Meet(IXmppServer server, Account ferry, Account peer)
    {
        await using (var add = FerryProcess.Run(server, ferry, "contact", "add", peer.Jid))
        {
            (await add.ExitCode()).ShouldBe(0, add.Describe("no contact"));
        }

        for (var look = 1; !await Sees(server, ferry); look++) look.ShouldBeLessThan(Looks, "the contact does not say yes");
    }

    private static async Task<bool> Sees(IXmppServer server, Account ferry)
    {
        await using var list = FerryProcess.Run(server, ferry, "contact", "list");
        return (await list.Next("contact")).GetProperty("subscription").GetString() is "to" or "both";
    }
}
