using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.Host.Database;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Edge;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>A PostgreSQL, an issuer, a simulated site, and any number of replicas as processes of their own, all of one test.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-fleet-");
    private readonly TestKey _key = TestKey.Make("RS256");
    private readonly string _org = TestHost.NewOrg();
    private readonly bool _durable;
    private EmbeddedPostgres _postgres = null!;
    private NpgsqlDataSource _database = null!;
    private IssuerServer _keys = null!;

    private Fleet(bool durable) => _durable = durable;

    public SimulatedSite Site { get; private set; } = null!;

    public Replica[] Replicas { get; private set; } = [];

    /// <summary>Starts all but the replicas. <paramref name="durable"/>: the database waits for the disk.</summary>
    public static async Task<Fleet> Make(SimulatorOptions site, bool durable)
    {
        var fleet = new Fleet(durable);

        // PostgreSQL may run as an account of its own, which has to pass through here.
        File.SetUnixFileMode(fleet._folder.FullName, (UnixFileMode)0b111_101_101);
        await fleet.DatabaseUp();
        await fleet._postgres.EnsureDatabase("nico", CancellationToken.None);
        await Migrations.Apply(fleet._postgres.ConnectionString("nico"), NullLogger.Instance, TestContext.Current.CancellationToken);
        fleet._database = NpgsqlDataSource.Create(fleet._postgres.ConnectionString("nico"));
        fleet._keys = await IssuerServer.Start();
        fleet._keys.Publish("fleet", fleet._key.Jwk());
        fleet.Site = await SimulatedSite.Start(site, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return fleet;
    }

    public async Task StartReplicas(int count, IReadOnlyDictionary<string, string>? settings = null)
    {
        Replicas = [.. Enumerable.Range(0, count).Select(number =>
            new Replica($"{_postgres.ConnectionString("nico")};Application Name=replica {number}", new TestIssuer("fleet", _key), _keys.Jwks("fleet"), _org, "fleet", Site.Core, settings))];
        await Task.WhenAll(Replicas.Select(replica => replica.Start()));
    }

    public async Task DatabaseUp() =>
        _postgres = await EmbeddedPostgres.Start(Path.Combine(_folder.FullName, "postgres"), _durable, _ => { }, CancellationToken.None);

    /// <summary>A session of the test's own, to hold a lock in.</summary>
    public ValueTask<NpgsqlConnection> Session() => _database.OpenConnectionAsync(TestContext.Current.CancellationToken);

    public ValueTask DatabaseDown() => _postgres.DisposeAsync();

    /// <summary>One value from the database.</summary>
    public async Task<T> Read<T>(string sql)
    {
        await using var connection = await _database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QuerySingleAsync<T>(sql);
    }

    /// <summary>Every value of a column.</summary>
    public async Task<IEnumerable<string>> ReadAll(string sql)
    {
        await using var connection = await _database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QueryAsync<string>(sql);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in Replicas)
        {
            await replica.DisposeAsync();
        }

        await Site.DisposeAsync();
        await _keys.DisposeAsync();
        await _database.DisposeAsync();
        await _postgres.DisposeAsync();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }
}
