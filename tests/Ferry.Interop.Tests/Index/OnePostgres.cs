using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests.Index;

/// <summary>One cluster, which takes seconds to make, for all that is asked of PostgreSQL.</summary>
[CollectionDefinition(nameof(OnePostgres))]
public sealed class OnePostgres : ICollectionFixture<PostgresCluster>;
