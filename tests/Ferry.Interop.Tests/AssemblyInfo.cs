using Ferry.Interop.Tests.Peers;

[assembly: AssemblyFixture(typeof(ProsodyServer))]
[assembly: AssemblyFixture(typeof(EjabberdServer))]
[assembly: AssemblyFixture(typeof(PurpleProgram))]
