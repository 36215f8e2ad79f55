using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/41-machine.md, sections 15.1 and 15.2.</summary>
public sealed class ReadMachinesTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task A_provider_sees_its_own_machines_and_no_others()
    {
        var (provider, site, machines) = await Machines(2);
        var (other, _, _) = await Machines(1);
        Assert.Equal(2, (await provider.Get("machine")).Total);
        Assert.Equal(2, (await host.As(provider.Org, "PROVIDER_VIEWER").Get("machine")).Total);
        Assert.Equal(1, (await other.Get("machine")).Total);
        var machine = (await host.As(provider.Org, "PROVIDER_VIEWER").Get($"machine/{machines[0].Id.Id}?includeMetadata=true")).Is(200);
        Assert.NotNull(machine["serialNumber"]);
        Assert.NotNull(machine["health"]);
        Assert.NotNull(machine["metadata"]);
        Assert.Equal(site, machine["siteId"].Id());
        var foreign = (await other.Get($"machine/{machines[0].Id.Id}")).Fails(404);
        var unknown = (await other.Get($"machine/{machines[0].Id.Id.Replace("fm100h", "fm100x")}")).Fails(404);
        Assert.Equal(foreign.ToJsonString(), unknown.ToJsonString().Replace("fm100x", "fm100h"));
        (await provider.Get("machine/no-such")).Fails(404);
        (await provider.Get("machine/%F0%9F%A4%96")).Fails(404);
    }

    [Fact]
    public async Task Lists_are_for_providers_and_privileged_tenants()
    {
        var (provider, site, machines) = await Machines(1);
        var providerId = (await provider.Get("infrastructure-provider/current")).Is(200)["id"].Id();
        var (plain, plainId) = await host.Tenant();
        await _world.Account(providerId, plainId);
        await _world.Allocate(plainId, site);
        (await plain.Get("machine")).Fails(403);
        (await plain.Get($"machine/{machines[0].Id.Id}")).Fails(404);

        var (without, _) = await _world.PrivilegedTenant(host);
        (await without.Get("machine")).Fails(403);
        (await without.Get($"machine/{machines[0].Id.Id}")).Fails(404);

        var (invited, invitedId) = await _world.PrivilegedTenant(host);
        await _world.Account(providerId, invitedId, "Invited");
        (await invited.Get("machine")).Fails(403);
        (await invited.Get($"machine/{machines[0].Id.Id}")).Fails(404);

        var (privileged, privilegedId) = await _world.PrivilegedTenant(host);
        await _world.Account(providerId, privilegedId);
        foreach (var machine in new[]
        {
            Assert.Single((await privileged.Get($"machine?siteId={site}&includeMetadata=1")).Items())!,
            (await privileged.Get($"machine/{machines[0].Id.Id}?includeMetadata=1")).Is(200),
        })
        {
            Assert.NotNull(machine["serialNumber"]);
            Assert.NotNull(machine["health"]);
            Assert.NotNull(machine["metadata"]);
        }

        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get("machine")).Fails(400);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("machine")).Fails(400);
        (await host.As(TestHost.NewOrg(), "OTHER").Get("machine")).Fails(403);
        (await host.Host.Bearing(provider.Org, null).Get("machine")).Fails(401);
        (await host.Host.Bearing(provider.Org, null).Get("machine/x")).Fails(401);
    }

    [Fact]
    public async Task A_tenant_sees_the_machine_that_carries_its_instance_without_its_secrets()
    {
        var (provider, site, machines) = await Machines(1, machine => machine.Interfaces.Add(new MachineInterface
        {
            Id = new MachineInterfaceId { Value = Guid.NewGuid().ToString() },
            AttachedDpuMachineId = new MachineId { Id = "fm100d1" },
            MacAddress = "94:6d:ae:00:00:02",
        }));
        var path = $"machine/{machines[0].Id.Id}";
        var (tenant, tenantId) = await host.Tenant();
        (await tenant.Get(path)).Fails(404);
        await _world.Assign(machines[0].Id.Id, tenantId);
        var seen = (await tenant.Get(path + "?includeMetadata=true&includeRelation=Site")).Is(200);
        Assert.Null(seen["serialNumber"]);
        Assert.Null(seen["health"]);
        Assert.False(seen.AsObject().ContainsKey("metadata"));
        Assert.Null(seen["machineInterfaces"]![0]!["attachedDpuMachineID"]);
        Assert.Equal("94:6d:ae:00:00:02", seen["machineInterfaces"]![0]!["macAddress"].Text());
        Assert.Equal(tenantId, seen["tenantId"].Id());
        Assert.Equal(site, seen["site"]!["id"].Id());
        Assert.Equal("fm100d1", (await provider.Get(path)).Is(200)["machineInterfaces"]![0]!["attachedDpuMachineID"].Text());
        var (other, _) = await host.Tenant();
        (await other.Get(path)).Fails(404);

        // An org that is a provider too, but not this one's, sees it through its tenant.
        await host.Provider(tenant.Org);
        Assert.Null((await host.As(tenant.Org, "PROVIDER_ADMIN", "TENANT_ADMIN").Get(path)).Is(200)["serialNumber"]);
    }

    [Fact]
    public async Task Filters_select()
    {
        var (provider, _) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var providerId = (await provider.Get("infrastructure-provider/current")).Is(200)["id"].Id();
        await _world.Account(providerId, tenantId, "Invited");
        var hall = await HardwareWorld.Site(provider, "hall");
        var annex = await HardwareWorld.Site(provider, "annex");
        var gpu = _world.Machine("Ready", machine =>
        {
            machine.HwSkuDeviceType = "gpu";
            machine.InstanceTypeId = Guid.NewGuid().ToString();
            machine.Metadata.Labels.Add(new Label { Key = "team", Value = "research" });
            machine.Capabilities.Gpu.Add(new MachineCapabilityAttributesGpu { Name = "H100", Count = 8 });
            machine.Capabilities.Gpu.Add(new MachineCapabilityAttributesGpu { Name = "GB200", Count = 4 });
            machine.Capabilities.Storage.Add(new MachineCapabilityAttributesStorage { Name = "KCM6", Count = 1 });
        });
        var cpu = _world.Machine("Ready", machine =>
        {
            machine.HwSkuDeviceType = "cpu";
            machine.DiscoveryInfo.DmiData.SysVendor = "Dell Inc.";
            machine.DiscoveryInfo.DmiData.ProductName = "PowerEdge R750";
            machine.Interfaces.Add(new MachineInterface { Id = new MachineInterfaceId { Value = Guid.NewGuid().ToString() }, Hostname = "cpu-node-7" });
            machine.Capabilities.Storage.Add(new MachineCapabilityAttributesStorage { Name = "H100", Count = 1 });
        });
        var broken = _world.Machine("Failed/Discovery");
        var held = _world.Machine();
        await _world.Round(hall, [gpu, cpu, held]);
        await _world.Round(annex, [broken]);
        await _world.Assign(held.Id.Id, tenantId);

        await Selects("", gpu, cpu, held, broken);
        await Selects($"siteId={hall}", gpu, cpu, held);
        await Selects($"siteId={{{hall:D}}}", gpu, cpu, held);
        await Selects($"id={gpu.Id.Id}&id={broken.Id.Id}&id=nobody", gpu, broken);
        await Selects($"id={gpu.Id.Id}&siteId={annex}");
        await Selects("hasInstanceType=true", gpu);
        await Selects("hasInstanceType=false", cpu, held, broken);
        await Selects($"siteId={hall}&hasInstance=true", held);
        await Selects($"siteId={hall}&hasInstance=false", gpu, cpu);
        await Selects($"tenantId={tenantId}", held);
        await Selects($"tenantId={tenantId}&siteId={hall}&hasInstance=true", held);
        await Selects($"tenantId={tenantId}&id={gpu.Id.Id}");
        await Selects("status=Ready", gpu, cpu);
        await Selects("status=Error&status=InUse", held, broken);
        await Selects("hwSkuDeviceType=gpu", gpu);
        await Selects("hwSkuDeviceType=gpu&hwSkuDeviceType=cpu", gpu, cpu);
        await Selects("hwSkuDeviceType=abacus");
        await Selects("capabilityType=GPU", gpu);
        await Selects("capabilityType=Storage", gpu, cpu);
        await Selects("capabilityType=GPU&capabilityName=H100&capabilityName=GB200", gpu);
        await Selects("capabilityType=GPU&capabilityName=KCM6");
        await Selects("capabilityName=H100", gpu, cpu);
        await Selects("isMissingOnSite=true");
        await Selects("query=Dell", cpu);
        await Selects("query=poweredge r750", cpu);
        await Selects("query=cpu-node", cpu);
        await Selects("query=research", gpu);
        await Selects("query=failed research", gpu);
        await Selects("query=InUse", held);
        await Selects($"query={gpu.Id.Id[6..30]}", gpu);
        await Selects("query=94:6d:ae | (x)");

        // A tenant without an account with the provider is no better known than one that does not exist.
        var (_, stranger) = await host.Tenant();
        (await provider.Get($"machine?tenantId={stranger}")).Fails(400, "tenantId");
        (await provider.Get($"machine?tenantId={Guid.NewGuid()}")).Fails(400, "tenantId");

        async Task Selects(string query, params Machine[] machines)
        {
            var list = await provider.Get("machine?" + query);
            Assert.Equal(machines.Select(machine => machine.Id.Id).Order(), list.Items().Select(machine => machine!["id"].Text()).Order());
            Assert.Equal(machines.Length, list.Total);
        }
    }

    [Fact]
    public async Task Wrong_parameters_are_named()
    {
        var (provider, site, machines) = await Machines(1);
        var (_, foreign, _) = await Machines(1);
        foreach (var (query, field) in new[]
        {
            ($"siteId={Guid.NewGuid()}", "siteId"),
            ($"siteId={foreign}", "siteId"),
            ("siteId=x", "siteId"),
            ("instanceTypeId=x", "instanceTypeId"),
            ($"instanceTypeId={Guid.NewGuid()}", "instanceTypeId"),
            ($"instanceTypeId={Guid.NewGuid()}&hasInstanceType=false", "hasInstanceType"),
            ("hasInstance=true", "hasInstance"),
            ($"siteId={site}&hasInstance=false&tenantId={Guid.NewGuid()}", "hasInstance"),
            ("hasInstance=maybe", "hasInstance"),
            ("tenantId=x", "tenantId"),
            ("status=Happy", "status"),
            ("capabilityType=Wheel", "capabilityType"),
            ("isMissingOnSite=x", "isMissingOnSite"),
            ("includeMetadata=banana", "includeMetadata"),
            ("includeRelation=Tenant", "includeRelation"),
            ("pageSize=101", "PageSize"),
            ("orderBy=VENDOR_ASC", "OrderByStr"),
        })
        {
            (await provider.Get("machine?" + query)).Fails(400, field);
        }

        (await provider.Get($"machine/{machines[0].Id.Id}?includeMetadata=banana")).Fails(400, "includeMetadata");
        (await provider.Get($"machine/{machines[0].Id.Id}?includeRelation=Rack")).Fails(400, "includeRelation");
        (await provider.Get("machine?pageSize=x&status=y&hasInstance=true")).Fails(400, "PageSize", "status", "hasInstance");
    }

    [Fact]
    public async Task Lists_are_ordered_and_paged()
    {
        var (provider, site, machines) = await Machines(5);
        machines[2].State = "Failed/Discovery";
        await _world.Round(site, machines);
        var ids = machines.Select(machine => machine.Id.Id).ToArray();
        Assert.Equal(ids.Order(StringComparer.Ordinal), await Ids("orderBy=ID_ASC"));
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), await Ids("orderBy=ID_DESC"));
        Assert.Equal(machines[2].Id.Id, (await Ids("orderBy=STATUS_ASC"))[0]);
        Assert.Equal(machines[2].Id.Id, (await Ids("orderBy=STATUS_DESC"))[^1]);
        Assert.Equal(machines[2].Id.Id, (await Ids("orderBy=UPDATED_DESC"))[0]);
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await Ids("orderBy=CREATED_ASC")).Order(StringComparer.Ordinal));
        Assert.Equal(await Ids(""), await Ids("orderBy=CREATED_ASC"));
        var page = await provider.Get("machine?pageSize=2&pageNumber=3&orderBy=ID_ASC");
        Assert.Equal(ids.Order(StringComparer.Ordinal).Last(), Assert.Single(page.Items())!["id"].Text());
        Assert.Equal("""{"pageNumber":3,"pageSize":2,"total":5,"orderBy":"ID_ASC"}""", page.Pagination.ToJsonString());

        async Task<string[]> Ids(string query) => [.. (await provider.Get("machine?" + query)).Items().Select(machine => machine!["id"].Text())];
    }

    [Fact]
    public async Task What_belongs_to_a_machine_is_shown_when_asked_for()
    {
        var (provider, site, machines) = await Machines(1, machine => machine.InstanceTypeId = Guid.NewGuid().ToString());
        var all = "includeRelation=InfrastructureProvider&includeRelation=Site&includeRelation=InstanceType";
        foreach (var machine in new[]
        {
            Assert.Single((await provider.Get("machine?" + all)).Items())!, (await provider.Get($"machine/{machines[0].Id.Id}?{all}")).Is(200),
        })
        {
            Assert.Equal(provider.Org, machine["infrastructureProvider"]!["org"].Text());
            Assert.Equal(site, machine["site"]!["id"].Id());
            Assert.Equal("Registered", machine["site"]!["status"].Text());
            Assert.False(machine.AsObject().ContainsKey("instanceType"));
        }

        var plain = Assert.Single((await provider.Get("machine")).Items())!.AsObject();
        Assert.All(["infrastructureProvider", "site", "instance", "tenant", "metadata"], member => Assert.False(plain.ContainsKey(member)));
        Assert.NotNull(plain["statusHistory"]);
    }

    private async Task<(ApiClient Provider, Guid Site, List<Machine> Machines)> Machines(int count, Action<Machine>? with = null)
    {
        var (provider, _) = await host.Provider();
        var site = await HardwareWorld.Site(provider);
        var machines = Enumerable.Range(0, count).Select(_ => _world.Machine("Ready", with)).ToList();
        await _world.Round(site, machines);
        return (provider, site, machines);
    }
}
