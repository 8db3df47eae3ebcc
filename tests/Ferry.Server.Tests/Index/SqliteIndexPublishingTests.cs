namespace Ferry.Server.Tests.Index;

public sealed class SqliteIndexPublishingTests() : IndexPublishingContract(new SqliteIndexEngine());
