using System.Text.Json.Nodes;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>
/// One provider and two tenants that share a site, each with something of everything there; a privileged tenant that has an account with
/// the provider and nothing else, and one that has not accepted yet.
/// </summary>
public sealed class SharedSite(TestHost host) : IAsyncLifetime
{
    private TypeWorld _world = null!;

    public ApiClient Provider { get; private set; } = null!;

    public ApiClient Viewer { get; private set; } = null!;

    public Guid ProviderId { get; private set; }

    public Guid Site { get; private set; }

    /// <summary>A site that waits for its controller, with a registration token; both tenants have addresses there.</summary>
    public Guid Announced { get; private set; }

    public Holder One { get; private set; } = null!;

    public Holder Other { get; private set; } = null!;

    /// <summary>A privileged tenant that has accepted the provider's invitation, and has nothing allocated.</summary>
    public ApiClient Privileged { get; private set; } = null!;

    /// <summary>A privileged tenant that is invited.</summary>
    public ApiClient Invited { get; private set; } = null!;

    /// <summary>The provider's blocks at the two sites.</summary>
    public Guid Pool { get; private set; }

    public Guid AnnouncedPool { get; private set; }

    /// <summary>Four machines, two of them the one tenant's and one the other's.</summary>
    public Guid Type { get; private set; }

    /// <summary>A machine, of which nothing is allocated.</summary>
    public Guid SpareType { get; private set; }

    public async ValueTask InitializeAsync()
    {
        _world = await TypeWorld.Make(host, "dgx-h100=6");
        (Provider, ProviderId, Site) = (_world.Provider, _world.ProviderId, _world.Site.Id);
        Viewer = host.As(Provider.Org, "PROVIDER_VIEWER");
        (await Provider.Patch($"site/{Site}", new
        {
            description = "by the river",
            capabilities = new { nativeNetworking = true },
            serialConsoleHostname = "console.example.com",
            location = new { city = "Cologne" },
            contact = new { email = "noc@example.com" },
        })).Is(200);
        Announced = await HardwareWorld.Site(Provider, "announced");
        Type = (await _world.NewType(4))["id"].Id();
        SpareType = (await _world.NewType(1, from: 4))["id"].Id();
        Pool = await NewBlock(Site, "10.60.0.0");
        AnnouncedPool = await NewBlock(Announced, "10.61.0.0");
        One = await Make("one", 2);
        Other = await Make("other", 1);

        var hardware = new HardwareWorld(host);
        (Privileged, var privileged) = await hardware.PrivilegedTenant(host);
        await hardware.Account(ProviderId, privileged);
        (Invited, var invited) = await hardware.PrivilegedTenant(host);
        await hardware.Account(ProviderId, invited, "Invited");
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private async Task<Guid> NewBlock(Guid site, string prefix) => (await Provider.Post("ipblock", new
    {
        name = "pool",
        siteId = site,
        routingType = "DatacenterOnly",
        prefix,
        prefixLength = 16,
        protocolVersion = "IPv4",
    })).Is(201)["id"].Id();

    private async Task<Holder> Make(string name, int machines)
    {
        var (client, tenantId) = await host.Tenant();
        var account = (await Provider.Post("tenant/account", new { infrastructureProviderId = ProviderId, tenantOrg = client.Org })).Is(201)["id"].Id();
        (await client.Patch($"tenant/account/{account}")).Is(200);
        var quota = await Allocate($"{name}-machines", Site, "InstanceType", Type, machines);
        var network = await Allocate($"{name}-network", Site, "IPBlock", Pool, 20);
        await Allocate($"{name}-announced", Announced, "IPBlock", AnnouncedPool, 20);
        var block = network["allocationConstraints"]![0]!["derivedResourceId"].Id();
        var vpc = (await client.Post("vpc", new { name = $"{name}-vpc", siteId = Site, networkVirtualizationType = "FNN" })).Is(201)["id"].Id();
        await client.Eventually($"vpc/{vpc}", v => v["status"].Text() == "Ready");
        var prefix = (await client.Post("vpc-prefix", new { name = $"{name}-prefix", vpcId = vpc, ipBlockId = block, prefixLength = 25 })).Is(201)["id"].Id();
        var switched = (await client.Post("vpc", new { name = $"{name}-switched", siteId = Site, networkVirtualizationType = "ETHERNET_VIRTUALIZER" })).Is(201)["id"].Id();
        await client.Eventually($"vpc/{switched}", v => v["status"].Text() == "Ready");
        var subnet = (await client.Post("subnet", new { name = $"{name}-subnet", vpcId = switched, ipv4BlockId = block, prefixLength = 25 })).Is(201)["id"].Id();
        var system = (await client.Post("operating-system", new { name = $"{name}-system", ipxeScript = "#!ipxe" })).Is(201)["id"].Id();
        var instance = (await client.Post("instance", new
        {
            name = $"{name}-instance",
            instanceTypeId = Type,
            vpcId = vpc,
            operatingSystemId = system,
            interfaces = new[] { new { vpcPrefixId = prefix } },
        })).Is(201);
        await client.Eventually($"instance/{instance["id"]}", i => i["status"].Text() == "Ready");
        return new Holder(client, tenantId, account, quota["id"].Id(), network["id"].Id(), block, vpc, prefix, subnet, system, instance["id"].Id(), instance["machineId"].Text());

        async Task<JsonNode> Allocate(string called, Guid site, string kind, Guid resource, int value) => (await Provider.Post("allocation", new
        {
            name = called,
            description = $"{called} in words",
            tenantId,
            siteId = site,
            allocationConstraints = new[] { new { resourceType = kind, resourceTypeId = resource, constraintType = "Reserved", constraintValue = value } },
        })).Is(201);
    }
}

/// <summary>A tenant at the shared site, with the ids of what it has.</summary>
public sealed record Holder(
    ApiClient Client,
    Guid TenantId,
    Guid Account,
    Guid Quota,
    Guid Network,
    Guid Block,
    Guid Vpc,
    Guid Prefix,
    Guid Subnet,
    Guid System,
    Guid Instance,
    string Machine);
