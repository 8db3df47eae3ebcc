using Ferry.Protocol.Sasl;

namespace Ferry.Protocol.Tests.Sasl;

/// <summary>Both ends of an exchange.</summary>
internal static class ScramPair
{
    public const string ClientNonce = "client-nonce-0123456789";
    public const string ServerNonce = "server-nonce-9876543210";
    public static readonly byte[] Salt = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    public static readonly ScramServerOptions ServerOptions = new() { UnknownUserSecret = new byte[16] };

    public static ScramClient Client(
        ScramMechanism mechanism, string? password = "pencil", string nonce = ClientNonce, ScramBinding? binding = null,
        ScramClientOptions? options = null, string user = "user")
    {
        ScramClient.TryCreate(mechanism, user, password, nonce, binding ?? new ScramBinding.None(), options, out var client, out var failure)
            .ShouldBeTrue(failure?.Text);
        return client!;
    }

    public static ScramCredentials Credentials(ScramHash hash, string password = "pencil")
    {
        ScramCredentials.TryDerive(hash, password, Salt, 4096, out var credentials, out var failure).ShouldBeTrue(failure?.Text);
        return credentials!;
    }

    /// <summary>Runs to the end: the client's last step, or the first failure of either.</summary>
    public static (SaslStep Client, SaslStep? Server) Run(ScramClient client, ScramServer server, ScramCredentials? credentials)
    {
        if (server.HandleClientFirst(client.ClientFirst) is { } failure)
            return (new SaslStep.Failed(failure), null);
        var answer = client.HandleServerFirst(server.Challenge(credentials));
        if (answer is not SaslStep.Reply reply)
            return (answer, null);
        var last = server.HandleClientFinal(reply.Message);
        return last is SaslStep.Done done ? (client.HandleServerFinal(done.Message!), last) : (last, last);
    }

    public static SaslFailureReason? Reason(this SaslStep step) => (step as SaslStep.Failed)?.Failure.Reason;
}
