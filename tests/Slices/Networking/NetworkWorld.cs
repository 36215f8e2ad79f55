using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>A provider with a simulated site, and as many tenants as a class of tests wants, each with addresses of its own.</summary>
public class NetworkWorld(TestHost host) : IAsyncLifetime
{
    private int _networks;

    public TestHost Host { get; } = host;

    /// <summary>The site's provider.</summary>
    public ApiClient Provider { get; private set; } = null!;

    public Guid ProviderId { get; private set; }

    public TestSite Site { get; private set; } = null!;

    /// <summary>Further sites, which end with this world.</summary>
    public List<TestSite> Others { get; } = [];

    public Guid SiteId => Site.Id;

    public SimulatedSite Simulated => Site.Simulated;

    internal RunningHost Running { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Running = await StartHost();
        Provider = Running.As(TestHost.NewOrg("provider"), "PROVIDER_ADMIN");
        ProviderId = (await Provider.Get("infrastructure-provider/current")).Is(200)["id"].Id();
        Site = await TestSite.Start(Running, Provider.Org);
        await Provider.Eventually($"site/{SiteId}", site => site["status"].Text() == "Registered");
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var site in Others.Prepend(Site))
        {
            await site.DisposeAsync();
        }
    }

    /// <summary>A /16 of its own at the site.</summary>
    public string NewNetwork() => $"10.{Interlocked.Increment(ref _networks)}.0.0";

    /// <summary>A provider's block of its own at the site: a /16 unless said otherwise.</summary>
    public async Task<JsonNode> NewBlock(int length = 16, string routingType = "DatacenterOnly") => (await Provider.Post("ipblock", new
    {
        name = "block-" + Guid.NewGuid(),
        siteId = SiteId,
        routingType,
        prefix = NewNetwork(),
        prefixLength = length,
        protocolVersion = "IPv4",
    })).Is(201);

    /// <summary>An order for a part of a block.</summary>
    public object Order(Guid tenantId, JsonNode block, int length, string? name = null) => new
    {
        name = name ?? "allocation-" + Guid.NewGuid(),
        siteId = SiteId,
        tenantId,
        allocationConstraints = new[]
        {
            new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = length },
        },
    };

    /// <summary>Gives a tenant a part of a block.</summary>
    public async Task<JsonNode> Allocate(Guid tenantId, JsonNode block, int length) =>
        (await Provider.Post("allocation", Order(tenantId, block, length))).Is(201);

    /// <summary>A tenant that has a block of its own at the site.</summary>
    public async Task<NetworkTenant> NewTenant(int length = 16)
    {
        var client = Running.As(TestHost.NewOrg("tenant"), "TENANT_ADMIN");
        var id = (await client.Get("tenant/current")).Is(200)["id"].Id();
        var block = await NewBlock(length);
        var allocation = await Allocate(id, block, length);
        return new NetworkTenant(this, client, id, allocation["id"].Id(), allocation["allocationConstraints"]![0]!["derivedResourceId"].Id());
    }

    /// <summary>The Host that the world lives in.</summary>
    private protected virtual Task<RunningHost> StartHost() => Task.FromResult(Host.Host);

    /// <summary>Changes behind the API what it cannot change; the number of rows.</summary>
    public async Task<int> Execute(string sql, object args)
    {
        await using var connection = await Running.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.ExecuteAsync(sql, args);
    }

    public NpgsqlDataSource Database => Running.Services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>Reads what the API does not show.</summary>
    public async Task<T> Read<T>(string sql, object args)
    {
        await using var connection = await Running.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QuerySingleAsync<T>(sql, args);
    }
}

/// <summary>A tenant with an allocated block at the site of its world.</summary>
public sealed record NetworkTenant(NetworkWorld World, ApiClient Client, Guid Id, Guid AllocationId, Guid BlockId)
{
    public async Task<JsonNode> NewVpc(string type = "FNN", string? name = null)
    {
        var vpc = (await Client.Post("vpc", VpcOrder(type, name))).Is(201);
        Assert.Equal("Ready", vpc["status"].Text());
        return vpc;
    }

    public object VpcOrder(string? type = "FNN", string? name = null) =>
        new { name = name ?? "vpc-" + Guid.NewGuid(), siteId = World.SiteId, networkVirtualizationType = type };

    public object PrefixOrder(JsonNode vpc, int length = 24, string? name = null, Guid? block = null) =>
        new { name = name ?? "prefix-" + Guid.NewGuid(), vpcId = vpc["id"].Id(), ipBlockId = block ?? BlockId, prefixLength = length };

    public object SubnetOrder(JsonNode vpc, int length = 24, string? name = null, Guid? block = null) =>
        new { name = name ?? "subnet-" + Guid.NewGuid(), vpcId = vpc["id"].Id(), ipv4BlockId = block ?? BlockId, prefixLength = length };

    public async Task<JsonNode> NewPrefix(JsonNode vpc, int length = 24, string? name = null) =>
        (await Client.Post("vpc-prefix", PrefixOrder(vpc, length, name))).Is(201);

    public async Task<JsonNode> NewSubnet(JsonNode vpc, int length = 24, string? name = null) =>
        (await Client.Post("subnet", SubnetOrder(vpc, length, name))).Is(201);

    /// <summary>What is in use of the tenant's block.</summary>
    public async Task<JsonNode> Usage() => (await Client.Get($"ipblock/{BlockId}?includeUsageStats=true")).Is(200)["usageStats"]!;
}

/// <summary>Short ways to read answers about networks.</summary>
public static class NetworkReading
{
    /// <summary>The statuses of the history, newest first.</summary>
    public static string[] Statuses(this JsonNode resource) => [.. resource["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text())];

    public static string[] Names(this JsonNode list) => [.. list.AsArray().Select(item => item!["name"].Text())];

    public static Guid[] Ids(this JsonNode list) => [.. list.AsArray().Select(item => item!["id"].Id())];
}
