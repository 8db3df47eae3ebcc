using Ferry.Interop.Tests.Peers;
using Ferry.Server.Tests.Index;

namespace Ferry.Interop.Tests.Index;

[Collection(nameof(OnePostgres))]
public sealed class PostgresIndexSearchTests(PostgresCluster cluster) : IndexSearchContract(new PostgresIndexEngine(cluster));
