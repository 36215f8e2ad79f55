using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.Host.Database;
using Nico.Tests.Slices.Edge;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>A database whose schema does not fit the program.</summary>
public sealed class SchemaTests(TestHost tests)
{
    [Fact]
    public async Task A_schema_that_is_newer_stops_the_start_with_a_sentence()
    {
        var database = await tests.NewDatabase();
        await Migrations.Apply(database, NullLogger.Instance, TestContext.Current.CancellationToken);
        await Execute(database, "insert into public.schema_version (scriptname, applied) values ('networking/9999_of_a_later_version.sql', now())");
        foreach (var verb in new[] { "serve", "migrate" })
        {
            var said = await Fails(verb, database);
            Assert.Contains("newer than this program", said, StringComparison.Ordinal);
            Assert.Contains("networking/9999_of_a_later_version.sql", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_migration_that_fails_stops_the_start_with_a_sentence()
    {
        var database = await tests.NewDatabase();
        await Execute(database, "create schema audit");
        var said = await Fails("serve", database);
        Assert.Contains("audit/0001_entries.sql failed", said, StringComparison.Ordinal);
        Assert.Contains("already exists", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_is_missing_in_the_schema_every_request_is_answered()
    {
        var database = await tests.NewDatabase();
        await using var host = await TestHost.StartHost(database, new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" }, tests.Issuer);
        var client = host.AsServiceAccount(TestHost.NewOrg());
        (await client.Get("service-account/current")).Is(200);
        (await client.Post("site", new { name = "a site" })).Is(201);
        var operations = OpenApi.Operations(await OpenApi.Document(tests)).Where(operation => operation.Method == HttpMethod.Get && !operation.InPath.Any()).ToArray();
        Assert.True(operations.Length > 10);

        // Words that this program does not know, in rows that it reads.
        await Execute(
            database,
            """
            do $$
            declare each record;
            begin
              for each in select conrelid::regclass as of, conname from pg_constraint where contype = 'c' and connamespace in ('identity'::regnamespace, 'hardware'::regnamespace) loop
                execute format('alter table %s drop constraint %I', each.of, each.conname);
              end loop;
            end $$;
            update hardware.site set status = 'OfALaterVersion', location = '"of a later version"';
            update identity.tenant_account set status = 'OfALaterVersion';
            """);
        (await client.Get("site")).Is(500);
        await Answered();
        await Execute(
            database,
            """
            do $$
            declare each record;
            begin
              for each in select * from pg_tables where schemaname in ('identity', 'networking', 'compute', 'hardware', 'audit') loop
                execute format('alter table %I.%I rename to %I', each.schemaname, each.tablename, each.tablename || '_later');
              end loop;
            end $$
            """);
        (await client.Get("vpc")).Is(500);
        await Answered();

        async Task Answered()
        {
            foreach (var operation in operations)
            {
                var answer = await client.Get(operation.Path.Replace("{org}", client.Org, StringComparison.Ordinal));
                Assert.True(answer.Status < 400 || answer.Json?["message"] is not null, answer.ToString());
            }
        }
    }

    /// <summary>What the program says before it ends with the status 1.</summary>
    private static async Task<string> Fails(string verb, string database)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "nico.dll"), verb])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["ConnectionStrings__Nico"] = database,
            ["Secrets__Keys"] = TestHost.Keys,
            ["Http__Port"] = "0",
            ["Http__MetricsPort"] = "0",
            ["Issuers__0__Name"] = "issuer",
            ["Issuers__0__Issuer"] = "https://issuer.example",
            ["Issuers__0__Jwks"] = "https://issuer.example/jwks",
            ["Issuers__0__ClaimMappings__0__OrgName"] = "org",
            ["Issuers__0__ClaimMappings__0__Roles__0"] = "TENANT_ADMIN",
        })
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 1, $"{process.ExitCode}: {said}{await output}");
        Assert.DoesNotContain("nhandled exception", said, StringComparison.Ordinal);
        return said;
    }

    private static async Task Execute(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql);
    }
}
