using Dapper;
using Nico.Host.Database;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>A primary, its standby, a fail-over, and the old primary that comes back as one.</summary>
public sealed class PrimaryTests(TestHost tests) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-primary-");
    private EmbeddedPostgres? _first;
    private EmbeddedPostgres? _second;

    public ValueTask InitializeAsync()
    {
        // PostgreSQL may run as an account of its own, which has to pass through here.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await (_first?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_second?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_primary_that_was_replaced_is_refused_when_it_comes_back()
    {
        var (first, second) = (Path.Combine(_folder.FullName, "first"), Path.Combine(_folder.FullName, "second"));
        _first = await EmbeddedPostgres.Start(first, durable: false, _ => { }, TestContext.Current.CancellationToken);
        await _first.EnsureDatabase("nico", TestContext.Current.CancellationToken);
        await MakeStandby(_first, second);
        _second = await EmbeddedPostgres.Start(second, durable: false, _ => { }, TestContext.Current.CancellationToken);
        var either = new NpgsqlConnectionStringBuilder(_first.ConnectionString("nico"))
        {
            Host = $"{new NpgsqlConnectionStringBuilder(_first.ConnectionString("nico")).Host},{new NpgsqlConnectionStringBuilder(_second.ConnectionString("nico")).Host}",
            TargetSessionAttributes = "primary",
            HostRecheckSeconds = 1,
        }.ConnectionString;
        var settings = new Dictionary<string, string?> { ["Database:Look"] = "00:00:00.200", ["Logging:LogLevel:Default"] = "None" };
        await using var host = await TestHost.StartHost(either, settings, tests.Issuer);
        (await Make(host)).Is(200);
        await Wait.Until(async () => await Organizations(_second) == await Organizations(_first));

        await _first.DisposeAsync();
        _first = null;
        Assert.True(await Read<bool>(_second, "select pg_promote()"));
        await Wait.Until(async () => (await Make(host)).Status == 200);
        await Wait.Until(async () => await Read<int>(_second, "select max(timeline) from host.primary") == 2);

        _first = await EmbeddedPostgres.Start(first, durable: false, _ => { }, TestContext.Current.CancellationToken);
        var before = await Organizations(_first);
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Make(host))))
        {
            answer.Is(200);
        }

        // One that has seen nothing asks both before it believes either.
        await using (var fresh = await TestHost.StartHost(either, settings, tests.Issuer))
        {
            (await Make(fresh)).Is(200);
        }

        Assert.Equal(before, await Organizations(_first));

        // Alone it is refused as well, and that is said.
        await _second.DisposeAsync();
        _second = null;
        using var http = new HttpClient { BaseAddress = host.Address };
        await Wait.Until(async () => (await (await http.GetAsync("/readyz")).Content.ReadAsStringAsync()).Contains("was replaced", StringComparison.Ordinal));
        (await Make(host)).Is(503);
        Assert.Equal(before, await Organizations(_first));
    }

    /// <summary>Copies a running server into a folder in which a standby of it can be started.</summary>
    private static async Task MakeStandby(EmbeddedPostgres primary, string folder)
    {
        Directory.CreateDirectory(folder);
        primary.Own(folder);

        // Where only the server's programs are linked to, the others are beside what the links point to.
        var control = Path.Combine(PostgresBinaries.Find()!, "pg_ctl");
        var programs = Path.GetDirectoryName(File.ResolveLinkTarget(control, returnFinalTarget: true)?.FullName ?? control)!;
        var settings = new NpgsqlConnectionStringBuilder(primary.ConnectionString("nico"));
        var (status, output) = await primary.Program(
            Path.Combine(programs, "pg_basebackup"),
            TestContext.Current.CancellationToken,
            ["-h", settings.Host!, "-U", settings.Username!, "-D", Path.Combine(folder, "cluster"), "-R", "-c", "fast", "--no-sync"]);
        Assert.True(status == 0, output);
    }

    /// <summary>Makes an org, in whichever database.</summary>
    private static Task<Answer> Make(RunningHost host) => host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("tenant/current");

    private static Task<int> Organizations(EmbeddedPostgres postgres) => Read<int>(postgres, "select count(*)::int from identity.tenant");

    private static async Task<T> Read<T>(EmbeddedPostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString("nico") + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return (await connection.ExecuteScalarAsync<T>(sql))!;
    }
}
