using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>A provider with a simulated site whose machines are all free, for instance types and allocations of them.</summary>
internal sealed class TypeWorld : IAsyncDisposable
{
    private static int _names;

    private TypeWorld(TestHost host, ApiClient provider, Guid providerId, TestSite site) =>
        (Host, Provider, ProviderId, Site) = (host, provider, providerId, site);

    public TestHost Host { get; }

    public ApiClient Provider { get; }

    public Guid ProviderId { get; }

    public TestSite Site { get; }

    public SimulatedSite Simulated => Site.Simulated;

    /// <summary>The site's machines, by id.</summary>
    public string[] Machines { get; private set; } = [];

    public static async Task<TypeWorld> Make(TestHost host, string layout = "dgx-h100=4", ApiClient? client = null)
    {
        var provider = client ?? (await host.Provider()).Client;
        var world = new TypeWorld(host, provider, (await provider.Get("infrastructure-provider/current")).Is(200)["id"].Id(), await NewSite(host, provider, layout));
        var machines = await provider.Eventually(
            $"machine?pageSize=100&siteId={world.Site.Id}",
            list => list.AsArray().Count == world.Simulated.MachineIds.Count && list.AsArray().All(m => m!["status"].Text() == "Ready"));
        world.Machines = [.. machines.AsArray().Select(machine => machine!["id"].Text()).Order(StringComparer.Ordinal)];
        return world;
    }

    public static async Task<TestSite> NewSite(TestHost host, ApiClient provider, string layout = "dgx-h100=2")
    {
        var site = await host.Site(provider.Org, new SimulatorOptions
        {
            SiteName = "site-" + Guid.NewGuid().ToString("N")[..8],
            Layout = layout,
            Speed = double.PositiveInfinity,
            Blemishes = false,
            Churn = 0,
        });
        await provider.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        return site;
    }

    public static string NewName(string what = "type") => $"{what}-{Interlocked.Increment(ref _names)}";

    /// <summary>An order for an instance type.</summary>
    public JsonObject Order(string? name = null, params object[] capabilities) => new()
    {
        ["name"] = name ?? NewName(),
        ["siteId"] = Site.Id.ToString(),
        ["machineCapabilities"] = System.Text.Json.JsonSerializer.SerializeToNode(capabilities),
    };

    public async Task<JsonNode> NewType(string? name = null, params object[] capabilities) =>
        (await Provider.Post("instance/type", Order(name, capabilities))).Is(201);

    /// <summary>An instance type with so many of the site's machines, from the first or from <paramref name="from"/> on.</summary>
    public async Task<JsonNode> NewType(int machines, int from = 0)
    {
        var type = await NewType();
        (await Provider.Post($"instance/type/{type["id"]}/machine", new { machineIds = Machines.Skip(from).Take(machines) })).Is(201);
        return type;
    }

    /// <summary>An order for an allocation of machines.</summary>
    public JsonObject Allocation(Guid tenantId, JsonNode type, int machines, string constraint = "Reserved", Guid? siteId = null) => new()
    {
        ["name"] = NewName("allocation"),
        ["siteId"] = (siteId ?? Site.Id).ToString(),
        ["tenantId"] = tenantId.ToString(),
        ["allocationConstraints"] = new JsonArray(new JsonObject
        {
            ["resourceType"] = "InstanceType",
            ["resourceTypeId"] = type["id"].Text(),
            ["constraintType"] = constraint,
            ["constraintValue"] = machines,
        }),
    };

    public async Task<JsonNode> Allocate(Guid tenantId, JsonNode type, int machines) =>
        (await Provider.Post("allocation", Allocation(tenantId, type, machines))).Is(201);

    /// <summary>Instances of the type on these machines, put there behind the API.</summary>
    public async Task<Guid[]> Use(Guid tenantId, JsonNode type, params string[] machines)
    {
        await using var connection = await Host.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        var ids = machines.Select(_ => Guid.CreateVersion7()).ToArray();
        await connection.ExecuteAsync(
            """
            insert into compute.instance
              (id, name, org, tenant_id, infrastructure_provider_id, site_id, instance_type_id, vpc_id, machine_id, holds_machine, has_infiniband,
               always_boot_with_custom_ipxe, phone_home_enabled, auto_network, allow_unhealthy_machine, status, power_status, at_site, touched, created, updated)
            select used.id, used.id::text, 'org', @tenantId, @ProviderId, @siteId, @typeId, gen_random_uuid(), used.machine_id, true, false,
              false, false, false, false, 'Ready', 'BootCompleted', false, now(), now(), now()
            from unnest(@ids, @machines) as used (id, machine_id);

            update hardware.machine
            set instance_id = used.id, tenant_id = @tenantId, status = 'InUse', touched = now() + interval '1 hour'
            from unnest(@ids, @machines) as used (id, machine_id)
            where machine.id = used.machine_id;
            """,
            new { ids, machines, tenantId, ProviderId, siteId = Site.Id, typeId = type["id"].Id() });
        return ids;
    }

    public ValueTask DisposeAsync() => Site.DisposeAsync();
}
