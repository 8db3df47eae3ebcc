using System.Runtime.CompilerServices;
using Ferry.Testing;

namespace Ferry.Tests.Readme;

/// <summary>README's C# is compiled and run.</summary>
public sealed class ReadmeTests
{
    [Theory]
    [InlineData("send")]
    [InlineData("receive")]
    public async Task Readme_shows_the_sample_that_is_compiled_here(string mark)
    {
        var source = await File.ReadAllLinesAsync(Beside("Sample.cs"));
        var begin = Array.FindIndex(source, line => line.Trim() == $"// <{mark}>");
        var end = Array.FindIndex(source, line => line.Trim() == $"// </{mark}>");
        var indent = source[begin].Length - source[begin].TrimStart().Length;
        var sample = string.Join('\n', source[(begin + 1)..end].Select(line => line.Length > indent ? line[indent..] : line));
        var readme = (await File.ReadAllTextAsync(Beside("../../../README.md"))).ReplaceLineEndings("\n");
        readme.ShouldContain($"```csharp\n{sample}\n```", Case.Sensitive, $"copy what stands between the marks <{mark}> of Sample.cs into README.md");
    }

    [Fact]
    public async Task The_samples_send_and_receive_a_file()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var options = new FerryOptions
        {
            Account = Harbour.Address("alice"),
            Password = "alice",
            Server = $"127.0.0.1:{harbour.Server.Endpoints[0].Port}",
            PinnedCertificate = harbour.Server.Pin,
        };
        using var stop = new CancellationTokenSource(Harbour.Patience);
        using var output = new StringWriter();
        var shared = TextWriter.Synchronized(output);
        var receiving = Sample.ReceiveAsync(
            options with { Account = Harbour.Address("bob"), Password = "bob" }, Harbour.Address("alice"), harbour.Inbox, shared, stop.Token);
        var path = harbour.File("film.mkv", 100_000);
        // Bob may still be logging in: then he is absent, and the sample says so.
        while (!output.ToString().Contains("film.mkv sent to bob@localhost/", StringComparison.Ordinal))
        {
            stop.IsCancellationRequested.ShouldBeFalse(output.ToString());
            await Sample.SendAsync(options, Harbour.Address("bob"), path, shared).WaitAsync(Harbour.Patience);
        }

        await Eventually.HoldsAsync(() => output.ToString().Contains("film.mkv from alice@localhost/", StringComparison.Ordinal), "the file arrives");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(receiving.WaitAsync(Harbour.Patience));
        harbour.Received.ShouldBe(["film.mkv"]);
    }

    private static string Beside(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
}
