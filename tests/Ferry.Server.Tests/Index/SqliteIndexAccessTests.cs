namespace Ferry.Server.Tests.Index;

public sealed class SqliteIndexAccessTests() : IndexAccessContract(new SqliteIndexEngine());
