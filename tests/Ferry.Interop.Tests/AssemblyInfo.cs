using Ferry.Interop.Tests.Peers;

[assembly: AssemblyFixture(typeof(ProsodyServer))]
