namespace Ferry.Server.Tests.Index;

public sealed class SqliteIndexSearchTests() : IndexSearchContract(new SqliteIndexEngine());
