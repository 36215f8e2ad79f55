using Nico.SiteProtocol.Forge;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/41-machine.md, sections 15.2, 15.4 and 15.6: histories, deletion, capabilities and statistics.</summary>
public sealed class MachineLifeTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task The_history_is_for_all_who_see_the_machine()
    {
        var (provider, site, machine) = await Arrange();
        var path = $"machine/{machine.Id.Id}/status-history";
        machine.State = "Failed/Discovery";
        await _world.Round(site, [machine]);
        Assert.Equal(["Error", "Ready"], (await provider.Get(path)).Items().Select(entry => entry!["status"].Text()));
        var oldest = await host.As(provider.Org, "PROVIDER_VIEWER").Get(path + "?orderBy=CREATED_ASC&pageSize=1");
        Assert.Equal("Ready", Assert.Single(oldest.Items())!["status"].Text());
        Assert.Equal(2, oldest.Total);
        Assert.Equal("Error", (await provider.Get(path + "?orderBy=STATUS_ASC")).Items()[0]!["status"].Text());
        (await provider.Get(path + "?orderBy=MESSAGE_ASC")).Fails(400, "OrderByStr");

        var (tenant, tenantId) = await host.Tenant();
        (await tenant.Get(path)).Fails(404);
        await _world.Assign(machine.Id.Id, tenantId);
        Assert.Equal("InUse", (await tenant.Get(path)).Items()[0]!["status"].Text());
        var (other, _) = await host.Provider();
        (await other.Get(path)).Fails(404);
        (await provider.Get("machine/no-such/status-history")).Fails(404);
    }

    [Fact]
    public async Task A_machine_that_its_site_has_missed_for_a_day_can_be_deleted()
    {
        var (provider, site, machine) = await Arrange();
        var path = $"machine/{machine.Id.Id}";
        (await provider.Delete(path)).Fails(400);
        var (_, tenantId) = await host.Tenant();
        var instance = await _world.Assign(machine.Id.Id, tenantId);
        await _world.Round(site, []);
        (await provider.Delete(path)).Fails(400);
        await _world.Sql("update hardware.machine set missing_since = now() - interval '23 hours 59 minutes' where id = @id", new { id = machine.Id.Id });
        (await provider.Delete(path)).Fails(400);
        await _world.Sql("update hardware.machine set missing_since = now() - interval '24 hours 1 minute' where id = @id", new { id = machine.Id.Id });
        (await provider.Delete(path)).Fails(400);
        await _world.Release(machine.Id.Id, instance, needsReset: false);
        await _world.Sql("update hardware.machine set instance_type_id = gen_random_uuid() where id = @id", new { id = machine.Id.Id });
        (await provider.Delete(path)).Fails(400);
        await _world.Sql("update hardware.machine set instance_type_id = null where id = @id", new { id = machine.Id.Id });

        var (other, _) = await host.Provider();
        (await other.Delete(path)).Fails(404);
        (await host.As(provider.Org, "PROVIDER_VIEWER").Delete(path)).Fails(403);
        (await host.As(provider.Org, "TENANT_ADMIN").Delete(path)).Fails(403);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Delete(path)).Fails(400);
        (await provider.Delete("machine/no-such")).Fails(404);

        (await provider.Delete(path)).Is(202);
        (await provider.Get(path)).Fails(404);
        (await provider.Delete(path)).Fails(404);
        Assert.Equal(0, await _world.Read<int>(
            """
            select (select count(*) from hardware.machine_capability where machine_id = @id)::int
              + (select count(*) from hardware.machine_interface where machine_id = @id)::int
              + (select count(*) from hardware.status_history where resource_id = @id)::int
            """,
            new { id = machine.Id.Id }));

        // Should it come back, it is a machine like any other.
        await _world.Round(site, [machine]);
        Assert.Equal("Ready", Assert.Single((await provider.Get(path)).Is(200)["statusHistory"]!.AsArray())!["status"].Text());
    }

    [Fact]
    public async Task Capabilities_are_listed_once_each()
    {
        var (provider, _) = await host.Provider();
        var hall = await HardwareWorld.Site(provider, "hall");
        var annex = await HardwareWorld.Site(provider, "annex");
        await _world.Round(hall, [Gpus("H100", 8), Gpus("H100", 8, machine =>
        {
            machine.InstanceTypeId = Guid.NewGuid().ToString();
            machine.Capabilities.Infiniband.Add(new MachineCapabilityAttributesInfiniband { Name = "MT4129", Count = 4, InactiveDevices = { 1, 3 } });
        })]);
        await _world.Round(annex, [Gpus("GB200", 4)]);

        var all = await provider.Get("machine-capability");
        Assert.Equal(
            ["CPU EPYC 2", "GPU GB200 4", "GPU H100 8", "InfiniBand MT4129 4"],
            all.Items().Select(part => $"{part!["type"].Text()} {part["name"].Text()} {part["count"]}").Order());
        Assert.Equal(4, all.Total);
        var page = await provider.Get("machine-capability?pageSize=1&pageNumber=2&orderBy=TYPE_ASC");
        Assert.Equal(4, page.Total);
        Assert.Equal("GPU", Assert.Single(page.Items())!["type"].Text());
        Assert.Equal("InfiniBand", (await provider.Get("machine-capability?orderBy=TYPE_DESC")).Items()[0]!["type"].Text());
        Assert.Equal("GB200", (await provider.Get("machine-capability?orderBy=CREATED_DESC")).Items()[0]!["name"].Text());

        await Selects($"siteId={annex}", "EPYC", "GB200");
        await Selects($"siteId={hall}&hasInstanceType=true", "EPYC", "H100", "MT4129");
        await Selects($"siteId={annex}&hasInstanceType=true");
        await Selects("type=GPU", "GB200", "H100");
        await Selects("name=H100", "H100");
        await Selects("count=4", "GB200", "MT4129");
        await Selects("capacity=80 GB", "GB200", "H100");
        await Selects("frequency=1980 MHz", "GB200", "H100");
        await Selects("vendor=AMD", "EPYC");
        await Selects("deviceType=NVLink", "GB200", "H100");
        await Selects("devicetype=NVLink&type=CPU");
        await Selects("inactiveDevices=1&inactiveDevices=3", "MT4129");
        await Selects("inactiveDevices=3&inactiveDevices=1");

        var (other, _) = await host.Provider();
        Assert.Empty((await other.Get("machine-capability")).Items());
        (await other.Get($"machine-capability?siteId={hall}")).Fails(400, "siteId");
        (await provider.Get($"machine-capability?siteId={Guid.NewGuid()}")).Fails(400, "siteId");
        (await provider.Get("machine-capability?siteId=x&count=abc&inactiveDevices=a&type=Wheel")).Fails(400, "siteId", "count", "inactiveDevices", "type");
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get("machine-capability")).Fails(404);
        (await host.As(provider.Org, "PROVIDER_VIEWER").Get("machine-capability")).Fails(403);

        async Task Selects(string query, params string[] names)
        {
            var list = await provider.Get("machine-capability?" + query);
            Assert.Equal(names, list.Items().Select(part => part!["name"].Text()).Order(StringComparer.Ordinal));
            Assert.Equal(names.Length, list.Total);
        }
    }

    [Fact]
    public async Task A_site_s_machines_are_counted()
    {
        var (provider, _) = await host.Provider();
        var site = await HardwareWorld.Site(provider);
        var empty = await HardwareWorld.Site(provider, "empty");
        string[] states = ["Ready", "Ready", "HostInitializing/PollingBiosSetup", "Assigned/Ready", "Failed/Discovery", "ForceDeletion", "Unheard", "Ready"];
        var machines = states.Select((state, index) => Gpus(index == 7 ? "B" : "A", index == 1 ? 4u : index == 7 ? 2u : 8u, machine =>
        {
            machine.State = state;
            machine.InstanceTypeId = index < 4 ? "018f2c5e-9d1c-7cc0-8f00-3e2f5b6a7c8d" : "";
            if (index > 1 && index < 7)
            {
                machine.Capabilities.Gpu.Clear();
            }

            if (index >= 4)
            {
                machine.ClearInstanceTypeId();
            }
        })).ToList();
        machines.Add(_world.Machine("Ready", machine => machine.MaintenanceStartTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(DateTime.UtcNow)));
        await _world.Round(site, machines);

        Assert.Equal(
            """[{"name":"A","gpus":12,"machines":2},{"name":"B","gpus":2,"machines":1}]""",
            (await provider.Get($"machine/gpu/stats?siteId={site}")).Is(200).ToJsonString());
        Assert.Equal("[]", (await provider.Get($"machine/gpu/stats?siteId={empty}")).Is(200).ToJsonString());
        Assert.Equal(
            """{"assigned":{"total":4,"initializing":1,"ready":2,"inUse":1,"error":0,"maintenance":0,"unknown":0},"unassigned":{"total":5,"initializing":0,"ready":1,"inUse":0,"error":1,"maintenance":1,"unknown":1}}""",
            (await provider.Get($"machine/instance-type/stats/summary?siteId={site}")).Is(200).ToJsonString());
        Assert.Equal(0, (await provider.Get($"machine/instance-type/stats/summary?siteId={empty}")).Is(200)["unassigned"]!["total"].Number());
        Assert.Equal("[]", (await provider.Get($"machine/instance-type/stats?siteId={site}")).Is(200).ToJsonString());

        var provided = (await provider.Get("infrastructure-provider/current/stats")).Is(200)["machine"]!;
        Assert.Equal(
            (9, 1, 3, 1, 1, 1, 1, 1, 1, 0),
            (Of("total"), Of("initializing"), Of("ready"), Of("inUse"), Of("assigned"), Of("error"), Of("maintenance"), Of("unknown"), Of("decommissioned"), Of("reset")));

        var (other, _) = await host.Provider();
        foreach (var path in new[] { "machine/gpu/stats", "machine/instance-type/stats/summary", "machine/instance-type/stats" })
        {
            (await provider.Get(path)).Fails(400, "siteId");
            (await provider.Get(path + "?siteId=x")).Fails(400, "siteId");
            (await provider.Get($"{path}?siteId={Guid.NewGuid()}")).Fails(400, "siteId");
            (await other.Get($"{path}?siteId={site}")).Fails(400, "siteId");
            (await host.As(provider.Org, "PROVIDER_VIEWER").Get($"{path}?siteId={site}")).Fails(403);
            (await host.As(provider.Org, "TENANT_ADMIN").Get($"{path}?siteId={site}")).Fails(403);
            (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get($"{path}?siteId={site}")).Fails(404);
        }

        int Of(string name) => provided[name].Number();
    }

    private Machine Gpus(string model, uint count, Action<Machine>? with = null) => _world.Machine("Ready", machine =>
    {
        machine.Capabilities.Cpu.Add(new MachineCapabilityAttributesCpu { Name = "EPYC", Vendor = "AMD", Count = 2 });
        machine.Capabilities.Gpu.Add(new MachineCapabilityAttributesGpu
        {
            Name = model,
            Count = count,
            Capacity = "80 GB",
            Frequency = "1980 MHz",
            DeviceType = MachineCapabilityDeviceType.Nvlink,
        });
        with?.Invoke(machine);
    });

    private async Task<(ApiClient Provider, Guid Site, Machine Machine)> Arrange()
    {
        var (provider, _) = await host.Provider();
        var site = await HardwareWorld.Site(provider);
        var machine = Gpus("H100", 8);
        await _world.Round(site, [machine]);
        return (provider, site, machine);
    }
}
