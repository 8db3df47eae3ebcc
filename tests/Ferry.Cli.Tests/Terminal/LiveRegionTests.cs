using Ferry.Cli.Terminal;

namespace Ferry.Cli.Tests.Terminal;

public class LiveRegionTests
{
    private const string Up1 = "\u001b[1A\r\u001b[J";
    private const string Up2 = "\u001b[2A\r\u001b[J";

    [Fact]
    public void Draws_over_what_it_drew_before()
    {
        var output = new StringWriter();
        var region = new LiveRegion(output);

        region.Show(["one", "two"]);
        region.Show(["three"]);
        region.Show([]);

        output.ToString().ShouldBe($"{Drawn("one\ntwo\n")}{Up2}{Drawn("three\n")}{Up1}");
    }

    [Fact]
    public void What_stays_goes_above()
    {
        var output = new StringWriter();
        var region = new LiveRegion(output);

        region.Show(["bar"]);
        region.WriteAbove(() => output.Write("note\n"));

        output.ToString().ShouldBe($"{Drawn("bar\n")}{Up1}note\n{Drawn("bar\n")}");
    }

    [Fact]
    public void Is_away_during_a_question_and_back_after_it()
    {
        var output = new StringWriter();
        var region = new LiveRegion(output);

        region.Show(["bar"]);
        using (region.Pause())
        {
            region.Show(["later bar"]);
            output.Write("?");
        }

        output.ToString().ShouldBe($"{Drawn("bar\n")}{Up1}?{Drawn("later bar\n")}");
    }

    private static string Drawn(string lines) => $"\u001b[?7l{lines}\u001b[?7h";
}
