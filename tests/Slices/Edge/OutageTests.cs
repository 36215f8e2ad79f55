using System.Diagnostics;
using Nico.Host.Database;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>A database that goes away and comes back: 503 meanwhile, and nothing to be restarted.</summary>
public sealed class OutageTests(TestHost tests) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-outage-");
    private EmbeddedPostgres? _postgres;

    private async Task Up() =>
        _postgres = await EmbeddedPostgres.Start(Path.Combine(_folder.FullName, "postgres"), durable: false, _ => { }, CancellationToken.None);

    private async Task Down()
    {
        await _postgres!.DisposeAsync();
        _postgres = null;
    }

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        await Up();
        await _postgres!.EnsureDatabase("nico", CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
        {
            await Down();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Requests_are_503_while_the_database_is_away_and_go_on_when_it_is_back()
    {
        var connection = _postgres!.ConnectionString("nico");
        var quiet = new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" };
        await using var host = await TestHost.StartHost(connection, quiet, tests.Issuer);
        var org = TestHost.NewOrg();
        var client = host.As(org, "PROVIDER_ADMIN");
        var id = (await client.Get("infrastructure-provider/current")).Is(200)["id"].Id();

        await Down();
        foreach (var answer in new[]
        {
            await client.Get("infrastructure-provider/current"), await client.Get("site"), await client.Post("site", new { name = "a site" }),
            await host.As(org, "PROVIDER_VIEWER").Get("user/current"),
        })
        {
            answer.Is(503);
            Assert.True(int.Parse(answer.Headers["Retry-After"]) > 0);
        }

        // What needs no database is answered as ever.
        (await host.Bearing(org, null).Get("site")).Is(401);
        (await client.Get("nothing")).Is(404);
        (await client.Get("/healthz")).Is(200);
        Assert.False((await client.Get("/readyz")).Is(503)["is_healthy"].Flag());

        await Up();
        Assert.Equal(id, (await Eventually(client, "infrastructure-provider/current"))["id"].Id());
        (await client.Get("/readyz")).Is(200);
        (await client.Post("site", new { name = "a site" })).Is(201);

        // What was refused in between is in nobody's list.
        Assert.Single((await client.Get("site")).Items());
    }

    [Fact]
    public async Task A_start_without_the_database_waits_for_it()
    {
        var connection = _postgres!.ConnectionString("nico");
        await Down();
        var quiet = new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" };
        await using var host = await TestHost.StartHost(connection, quiet, tests.Issuer);
        var client = host.As(TestHost.NewOrg(), "PROVIDER_ADMIN");
        (await client.Get("/healthz")).Is(200);
        (await client.Get("/readyz")).Is(503);
        (await client.Get("infrastructure-provider/current")).Is(503);
        await Up();
        await Eventually(client, "infrastructure-provider/current");
        (await client.Get("/readyz")).Is(200);
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> Eventually(ApiClient client, string path)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var answer = await client.Get(path);
            if (answer.Status == 200)
            {
                return answer.Json!;
            }

            Assert.True(answer.Status == 503 && watch.Elapsed < TimeSpan.FromSeconds(20), answer.ToString());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
