using System.Security.Cryptography;
using Ferry.Protocol.Hashes;

namespace Ferry.Protocol.Tests.Hashes;

public sealed class HashFunctionTests
{
    [Theory]
    [InlineData("sha-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData("sha-256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha-512", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e")]
    [InlineData("sha3-256", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a")]
    public void Digests_of_nothing(string name, string hex)
    {
        if (HashFunction.Find(name) is not { } function) return; // an old library has no SHA-3
        using var computing = IncrementalHash.CreateHash(function.Algorithm);
        FileHash.Of(function, computing.GetCurrentHash()).ToString().ShouldBe($"{name} {hex}");
    }

    [Fact]
    public void Sha_256_is_there_and_best_and_MD5_proves_nothing()
    {
        HashFunction.Supported[0].ShouldBe(HashFunction.Sha256);
        HashFunction.Find("md5").ShouldBeNull();
        HashFunction.Features.ShouldContain("urn:xmpp:hash-function-text-names:sha-256");
        HashFunction.Features.ShouldContain("urn:xmpp:hashes:2");
        Should.Throw<ArgumentOutOfRangeException>(() => FileHash.Of(HashFunction.Sha256, new byte[31]));
    }
}
