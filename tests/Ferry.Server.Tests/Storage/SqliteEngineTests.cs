using Ferry.Server.Storage;

namespace Ferry.Server.Tests.Storage;

public sealed class SqliteEngineTests
{
    [Fact]
    public void The_engine_says_what_it_is() =>
        SqliteEngine.Describe().ShouldMatch(@"^SQLite 3\.\d+\.\d+ \((the system's .+|the package's own e_sqlite3)\)$");
}
