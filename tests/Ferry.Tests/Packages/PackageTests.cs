using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml.Linq;
using Ferry.Tests.Files;

namespace Ferry.Tests.Packages;

/// <summary>What `dotnet pack` gives others.</summary>
public sealed class PackageTests
{
    private static readonly string[] Names = ["Ferry.Protocol", "Ferry.Net", "Ferry"];

    // The one of this test's own build, which is there already.
    private static readonly string Configuration = AppContext.BaseDirectory.Contains("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";

    [Fact]
    public async Task Packages_have_what_a_registry_and_its_readers_want()
    {
        using var folder = new TempFolder();
        await PackAsync(folder.Path);
        foreach (var name in Names)
        {
            using var package = ZipFile.OpenRead(Directory.GetFiles(folder.Path, $"{name}.?.*.nupkg").ShouldHaveSingleItem());
            package.Entries.Select(entry => entry.FullName).ShouldBeSubsetOf(
            [
                "README.md", $"{name}.nuspec", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", "_rels/.rels", "[Content_Types].xml",
                .. package.Entries.Select(entry => entry.FullName).Where(entry => entry.StartsWith("package/", StringComparison.Ordinal)),
            ]);
            package.GetEntry("README.md").ShouldNotBeNull();
            package.GetEntry($"lib/net10.0/{name}.xml").ShouldNotBeNull();
            var about = Metadata(package);
            about["license"].ShouldBe("MIT");
            about["readme"].ShouldBe("README.md");
            about["tags"].ShouldContain("xmpp");
            about["description"].Length.ShouldBeGreaterThan(40);
            about.ShouldContainKey("repository"); // the commit; the address where the clone has one
            CheckSymbols(name, folder.Path);
        }
    }

    [Fact]
    public async Task A_program_builds_and_runs_out_of_the_packages_alone()
    {
        Assert.SkipUnless(!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("FERRY_TEST_LONG")), "takes a build; FERRY_TEST_LONG=1 runs it");
        using var folder = new TempFolder();
        await PackAsync(Path.Combine(folder.Path, "feed"));
        await WriteConsumerAsync(folder.Path);
        (await Dotnet.RunAsync(folder.Path, "run", "--project", "consumer.csproj")).ShouldContain("says Connect");
    }

    private static async Task PackAsync(string output)
    {
        foreach (var name in Names)
        {
            await Dotnet.RunAsync(Root(), "pack", $"src/{name}/{name}.csproj", "--no-build", "-c", Configuration, "-o", output, "-v", "quiet");
        }
    }

    private static Dictionary<string, string> Metadata(ZipArchive package)
    {
        using var nuspec = package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        var metadata = XDocument.Load(nuspec).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
        return metadata.Elements().ToDictionary(element => element.Name.LocalName, element => element.Value);
    }

    private static void CheckSymbols(string name, string folder)
    {
        using var symbols = ZipFile.OpenRead(Directory.GetFiles(folder, $"{name}.?.*.snupkg").ShouldHaveSingleItem());
        using var pdb = symbols.GetEntry($"lib/net10.0/{name}.pdb").ShouldNotBeNull().Open();
        using var bytes = new MemoryStream();
        pdb.CopyTo(bytes);
        var text = Encoding.Latin1.GetString(bytes.ToArray());
        text.ShouldStartWith("BSJB"); // portable
        if (Configuration == "Release") text.ShouldNotContain(Root());
    }

    // Two sources: the packages under test, and for what they depend on whatever this machine has restored before. No registry is asked.
    private static async Task WriteConsumerAsync(string folder)
    {
        var restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="restored" /></config>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{restored}" /></fallbackPackageFolders>
            </configuration>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "consumer.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Ferry" Version="0.*" /></ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), """
            using Ferry;
            using Ferry.Protocol.Addressing;

            try
            {
                // Port 1 of this machine: nobody listens.
                await using var client = await FerryClient.ConnectAsync(new FerryOptions { Account = Jid.Parse("alice@localhost"), Password = "x", Server = "127.0.0.1:1" });
            }
            catch (FerryException failed)
            {
                Console.WriteLine($"Ferry says {failed.Reason}");
            }
            """);
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
