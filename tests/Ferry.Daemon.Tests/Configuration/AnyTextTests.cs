using Ferry.Daemon.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Daemon.Tests.Configuration;

/// <summary>Whatever a file or the environment holds, the answer is a configuration or its faults.</summary>
public sealed class AnyTextTests
{
    private static readonly string[] Pieces =
    [
        "xmpp", "listen", "component:", "\n", "\n  ", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!binary ", "|", ">", "'", "\"", "#", "%YAML 9.9", "---", "...", "? ", "<<", "\t", "~", "grace", "1s",
        "127.0.0.1:1", "\u0000", "\uFEFF", "\u2028", "é", "💾", ",", "\\", "@", "`",
    ];

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Texts(), text =>
        {
            var loaded = Load(text, []);
            (loaded.Configuration is null).ShouldBe(loaded.Faults.Count > 0);
            loaded.Faults.ShouldAllBe(fault => !fault.Any(char.IsControl));
        }));

    [Fact]
    public void Unknown_keys_are_always_named_with_a_known_one()
    {
        var letters = Gen.Elements("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_".ToCharArray());
        var words = Gen.ArrayOf(letters).Where(word => word.Length is > 0 and < 60).Select(word => new string(word));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Arb.From(words), word =>
        {
            if (Keys.Find(word) is not null || Keys.Sections.Any(section => section.Section.Equals(word, StringComparison.OrdinalIgnoreCase))) return;
            var inFile = Load($"\n{word}: x", []).Faults.Single();
            inFile.ShouldStartWith($"ferryd.yml, line 2: there is no key {word}; the nearest is ");
            var named = inFile.Split(' ')[^1];
            (Keys.Find(named) is not null || Keys.Sections.Any(section => section.Section == named)).ShouldBeTrue(inFile);
            var inSection = Load($"xmpp:\n  not{word}: x", []).Faults.Single();
            inSection.ShouldStartWith($"ferryd.yml, line 2: there is no key xmpp.not{word}; the nearest is ");
            var name = "FERRYD_NOT_" + word;
            Load("", new() { [name] = "x" }).Faults.Single().ShouldStartWith($"environment: there is no key {name}; the nearest is FERRYD_");
        }));
    }

    [Fact]
    public void Any_value_in_the_environment_is_read_or_refused() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Arb.From(Gen.Elements(Keys.All.ToArray())), Texts(), (key, text) =>
        {
            var loaded = Load("", new() { [key.Variable] = text });
            loaded.Faults.ShouldAllBe(fault => fault.StartsWith("environment: ", StringComparison.Ordinal) && !fault.Any(char.IsControl));
        }));

    [Fact]
    public void Depth_is_no_way_to_end_it() => Load(new string('[', 100_000), []).Faults.ShouldNotBeEmpty();

    private static Arbitrary<string> Texts() =>
        Arb.From(Gen.OneOf(Gen.ArrayOf(Gen.Elements(Pieces)).Select(string.Concat), ArbMap.Default.GeneratorFor<string>().Where(text => text is not null)));

    private static LoadedConfiguration Load(string text, Dictionary<string, string> environment) => ConfigurationReader.Load(YamlSource.Read("/nowhere/ferryd.yml", text), environment);
}
