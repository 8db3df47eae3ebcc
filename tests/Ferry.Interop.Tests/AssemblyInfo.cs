using Ferry.Interop.Tests.Crossings;
using Ferry.Interop.Tests.Peers;

[assembly: AssemblyFixture(typeof(ProsodyServer))]
[assembly: AssemblyFixture(typeof(EjabberdServer))]
[assembly: AssemblyFixture(typeof(OurServer))]
[assembly: AssemblyFixture(typeof(PurpleProgram))]
[assembly: AssemblyFixture(typeof(LiberviaBackend))]
[assembly: AssemblyFixture(typeof(CrossingTable))]
