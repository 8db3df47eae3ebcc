using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Tests.Commands.Contacts;

public class ContactRunTests
{
    [Fact]
    public async Task Adds_removes_and_lists()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["contact", "add", "--name", "Bob", "bob@example.org"])).ShouldBe(0);
        (await run.RunAsync(["contact", "add", "eve@example.org"])).ShouldBe(0);
        (await run.RunAsync(["contact", "remove", "eve@example.org"])).ShouldBe(0);
        (await run.RunAsync(["contact", "list"])).ShouldBe(0);

        run.Client.Contacts.ShouldHaveSingleItem().Name.ShouldBe("Bob");
        run.Terminal.OutputLines.Count.ShouldBe(2);
        run.Terminal.OutputLines[1].ShouldContain("bob@example.org");
        run.Terminal.OutputLines[1].ShouldContain("none, asked");
    }

    [Fact]
    public async Task Lists_as_events()
    {
        var run = new CommandLineRun();
        run.Client.Contacts.Add(new Contact(Jid.Parse("bob@example.org"), null, "both", Pending: false));

        (await run.RunAsync(["contact", "list", "--json"])).ShouldBe(0);

        run.Terminal.Output.Trim().ShouldBe("""{"type":"contact","jid":"bob@example.org","name":null,"subscription":"both","pending":false}""");
    }

    [Theory]
    [InlineData("bob@example.org/phone")]
    [InlineData("example.org")]
    public async Task A_contact_is_a_bare_account(string jid)
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["contact", "add", jid])).ShouldBe(2);

        run.Terminal.Errors.ShouldContain($"JID: '{jid}' is not an account (name@example.org)");
    }
}
