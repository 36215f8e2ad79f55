using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Sites, machines and tenants against a simulated site, through the link: spec/60-site-link.md, sections 14.2 and 14.3.</summary>
public sealed class SimulatedSiteTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task A_connected_site_registers_and_its_machines_appear_as_the_site_has_them()
    {
        var account = await host.ServiceAccount();
        await using var site = await host.Site(account.Org, Options("gb200=2,dgx-h100=1,r750=1"));
        var registered = await account.Client.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        Assert.True(registered["isOnline"].Flag());
        var machines = (await account.Client.Eventually("machine?pageSize=100", list => list.AsArray().Count == 4 && All(list, "Ready"))).AsArray();
        Assert.Equal(site.Simulated.MachineIds.Order(StringComparer.Ordinal), machines.Select(machine => machine!["id"].Text()).Order(StringComparer.Ordinal));
        foreach (var machine in machines)
        {
            var real = site.Simulated.Machine(machine!["id"].Text())!;
            Assert.Equal(real.DiscoveryInfo.DmiData.ProductName, machine["productName"].Text());
            Assert.Equal(real.DiscoveryInfo.DmiData.ProductSerial, machine["serialNumber"].Text());
            Assert.Equal(
                real.Interfaces.Select(part => part.MacAddress).Order(StringComparer.Ordinal),
                machine["machineInterfaces"]!.AsArray().Select(part => part!["macAddress"].Text()).Order(StringComparer.Ordinal));
            Assert.Equal(
                real.Capabilities.Gpu.Select(part => (part.Name, (int)part.Count)),
                machine["machineCapabilities"]!.AsArray().Where(part => part!["type"].Text() == "GPU").Select(part => (part!["name"].Text(), part["count"].Number())));
            Assert.NotEmpty(machine["machineCapabilities"]!.AsArray());
            Assert.True(machine["isUsableByTenant"].Flag());
        }

        var tray = machines.First(machine => machine!["productName"].Text().StartsWith("GB200", StringComparison.Ordinal))!["id"].Text();
        Assert.NotNull((await Find(tray))!.NvLinkDomainId);
        Assert.Contains((await Find(tray))!.Networks, network => network is { DeviceType: "DPU", Count: > 0 });
    }

    [Fact]
    public async Task A_lost_machine_is_missing_after_two_rounds_and_comes_back()
    {
        var (account, site) = await Registered();
        await using var _ = site;
        var lost = site.Simulated.MachineIds[1];
        var fault = site.Simulated.Faults.Add(Fault.Lose("machine", lost));
        var missing = await account.Client.Eventually($"machine/{lost}", machine => machine["status"].Text() == "Error");
        Assert.False(missing["isUsableByTenant"].Flag());
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Single((await account.Client.Get("machine?isMissingOnSite=true")).Items());
        site.Simulated.Faults.Remove(fault.Id);
        var back = await account.Client.Eventually($"machine/{lost}", machine => machine["status"].Text() == "Ready");
        Assert.Equal(["Ready", "Error", "Ready"], back["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text()).Take(3));
        Assert.Empty((await account.Client.Get("machine?isMissingOnSite=true")).Items());
    }

    [Fact]
    public async Task Machines_that_a_second_site_claims_stay_where_they_are_and_are_drift_at_both()
    {
        var (account, site) = await Registered();
        await using var _ = site;
        var stranger = await host.ServiceAccount();
        await using var second = await host.Site(stranger.Org, Options("gb200=4") with { SiteName = site.Name });
        Assert.Equal(site.Simulated.MachineIds, second.Simulated.MachineIds);
        await Wait.Until(async () => await Drift(second.Id, "Elsewhere") == 4 && await Drift(site.Id, "Claimed") == 4);
        Assert.Empty((await stranger.Client.Get("machine")).Items());
        Assert.All((await account.Client.Get("machine")).Items(), machine => Assert.Equal(site.Id, machine!["siteId"].Id()));

        async Task<int> Drift(Guid id, string reason)
        {
            using var http = new HttpClient { BaseAddress = host.Host.OperatorAddress };
            var sites = JsonNode.Parse(await http.GetStringAsync("/ops/sites", TestContext.Current.CancellationToken))!.AsArray();
            return sites.Single(entry => entry!["siteId"].Id() == id)!["kinds"]!.AsArray()
                .Where(kind => kind!["kind"].Text() == "machine").SelectMany(kind => kind!["drift"]!.AsArray()).Count(entry => entry!["reason"].Text() == reason);
        }
    }

    [Fact]
    public async Task A_kind_that_is_not_answered_holds_up_no_other()
    {
        var (account, site) = await Registered();
        await using var _ = site;
        foreach (var rpc in new[] { "FindVpcIds", "FindInstanceIds", "FindTenantOrganizationIds" })
        {
            site.Simulated.Faults.Add(new Fault { Kind = FaultKind.BlackHole, Rpc = rpc });
        }

        var rounds = site.Simulated.ReceivedCalls["FindMachineIds"];
        await Wait.Until(() => site.Simulated.ReceivedCalls["FindMachineIds"] > rounds + 3, 8);
        site.Simulated.Faults.Add(Fault.Alert(site.Simulated.MachineIds[0], "PreventAllocations"));
        await account.Client.Eventually($"machine/{site.Simulated.MachineIds[0]}", machine => machine["status"].Text() == "Error");
    }

    [Fact]
    public async Task An_alert_shows_within_a_round_and_goes()
    {
        var (account, site) = await Registered();
        await using var _ = site;
        var id = site.Simulated.MachineIds[0];
        var fault = site.Simulated.Faults.Add(Fault.Alert(id, "PreventAllocations"));
        var alerted = await account.Client.Eventually($"machine/{id}", machine => machine["status"].Text() == "Error");
        Assert.NotEmpty(alerted["health"]!["alerts"]!.AsArray());
        site.Simulated.Faults.Remove(fault.Id);
        var well = await account.Client.Eventually($"machine/{id}", machine => machine["status"].Text() == "Ready");
        Assert.DoesNotContain(well["health"]!["alerts"]!.AsArray(), alert => alert!["id"].Text() == "BmcSensor");
    }

    [Fact]
    public async Task A_machine_follows_what_is_changed_at_its_site_by_hand()
    {
        var (account, site) = await Registered();
        await using var _ = site;
        var id = site.Simulated.MachineIds[0];
        var type = Guid.NewGuid();
        site.Simulated.Faults.Add(new Fault
        {
            Kind = FaultKind.Drift,
            Resource = "machine",
            Target = id,
            InstanceType = type.ToString(),
            Labels = new Dictionary<string, string> { ["row"] = "7", ["spare"] = "" },
        });
        var machine = await account.Client.Eventually($"machine/{id}", machine => machine["instanceTypeId"] is not null);
        Assert.Equal(type, machine["instanceTypeId"].Id());
        Assert.Equal("""{"row":"7","spare":""}""", machine["labels"]!.ToJsonString());
        site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = "machine", Target = id, InstanceType = "not-a-uuid" });
        await account.Client.Eventually($"machine/{id}", machine => machine["instanceTypeId"] is null);
        Assert.Equal("Ready", (await account.Client.Get($"machine/{id}")).Is(200)["status"].Text());
    }

    [Fact]
    public async Task Machine_maintenance_at_the_site_shows()
    {
        var account = await host.ServiceAccount();
        await using var site = await host.Site(account.Org, Options("gb200=18,dgx-h100=2") with { Blemishes = true });
        await account.Client.Eventually("machine?pageSize=100", list => list.AsArray().Count == 20);
        var resting = Assert.Single((await account.Client.Get("machine?status=Maintenance")).Items())!;
        Assert.NotEmpty(resting["maintenanceMessage"].Text());
        var failed = Assert.Single((await account.Client.Get("machine?query=Error&pageSize=100")).Items())!;
        Assert.Equal("Error", failed["status"].Text());
        Assert.Contains((await account.Client.Get("machine?pageSize=100")).Items(), machine => machine!["status"].Text() == "Ready");
    }

    [Fact]
    public async Task Lists_of_ids_that_are_wrong_and_chunks_that_fail_flag_nothing()
    {
        var (account, site) = await Registered();
        await using var _ = site;
        var id = site.Simulated.MachineIds[2];
        foreach (var fault in new[]
        {
            new Fault { Kind = FaultKind.DuplicateIds, Resource = "machine" },
            new Fault { Kind = FaultKind.UnknownIds, Resource = "machine" },
            new Fault { Kind = FaultKind.ObjectsMissing, Resource = "machine", Target = id },
            new Fault { Kind = FaultKind.ChunkFails, Resource = "machine", Chunk = 1, Code = StatusCode.Internal },
            Fault.Refuse("FindMachineIds", StatusCode.Internal, count: null),
        })
        {
            var added = site.Simulated.Faults.Add(fault);
            await Task.Delay(1800, TestContext.Current.CancellationToken);
            site.Simulated.Faults.Remove(added.Id);
            Assert.Empty((await account.Client.Get("machine?isMissingOnSite=true")).Items());
            Assert.All((await account.Client.Get("machine")).Items(), machine => Assert.Equal("Ready", machine!["status"].Text()));
        }
    }

    [Fact]
    public async Task A_site_that_falls_silent_is_in_Error_and_registers_again_when_it_answers()
    {
        var database = await host.NewDatabase();
        await using var other = await TestHost.StartHost(
            database,
            new Dictionary<string, string?>
            {
                ["Hardware:SilenceLimit"] = "00:00:02",
                ["Hardware:MonitorPeriod"] = "00:00:00.200",
                ["SiteLink:FirstProbe"] = "00:00:00.200",
                ["SiteLink:LongestProbe"] = "00:00:00.500",
            },
            host.Issuer);
        var client = other.AsServiceAccount(TestHost.NewOrg());
        (await client.Get("service-account/current")).Is(200);
        await using var site = await TestSite.Start(other, client.Org);
        await client.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        foreach (var fault in new[] { Fault.Down(), Fault.Refuse("FindMachineIds", StatusCode.Internal, count: null) })
        {
            var added = site.Simulated.Faults.Add(fault);
            await client.Eventually($"site/{site.Id}", s => s["status"].Text() == "Error");
            site.Simulated.Faults.Remove(added.Id);
            await client.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        }
    }

    [Fact]
    public async Task A_new_address_of_a_configured_site_is_taken_over()
    {
        var (account, site) = await Registered();
        var options = Options("dgx-h100=2") with { SiteName = site.Name };
        await using (site)
        {
            await using var moved = await SimulatedSite.Start(options, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
            await using var scope = host.Services.CreateAsyncScope();
            var id = await scope.ServiceProvider.GetRequiredService<IConfiguredSites>()
                .Ensure(new ConfiguredSite(site.Name, account.Org, new SiteLinkAddress(moved.Core)), TestContext.Current.CancellationToken);
            Assert.Equal(site.Id, id);
            foreach (var machine in moved.MachineIds)
            {
                await account.Client.Eventually("machine?pageSize=100", list => list.AsArray().Any(m => m!["id"].Text() == machine));
            }
        }
    }

    [Fact]
    public async Task A_tenant_is_made_known_to_the_site_with_its_first_allocation_once()
    {
        var (_, site) = await Registered();
        await using var _2 = site;
        var (tenant, tenantId) = await host.Tenant();
        site.Simulated.Faults.Add(Fault.LostAnswer("CreateTenant", cut: true));
        await _world.Allocate(tenantId, site.Id);
        await _world.Allocate(tenantId, site.Id);
        await Wait.Until(() => site.Simulated.Tenant(tenant.Org) is not null);
        Assert.Equal(tenant.Org, site.Simulated.Tenant(tenant.Org)!.Metadata.Name);
        await Wait.Until(async () => await Open(site.Id) == 0);
        Assert.Equal(1, site.Simulated.AcceptedCalls["CreateTenant"]);
        await _world.Deallocate(tenantId, site.Id);
        await _world.Deallocate(tenantId, site.Id);
        await _world.Allocate(tenantId, site.Id);
        await Wait.Until(async () => await Open(site.Id) == 0);
        Assert.NotNull(site.Simulated.Tenant(tenant.Org));
        Assert.Equal(0, await _world.Read<int>("select count(*)::integer from sitelink.command where site_id = @id and state = 'Dead'", new { id = site.Id }));
    }

    [Fact]
    public async Task A_renamed_tenant_is_renamed_at_its_sites_and_a_name_that_no_site_takes_is_replaced_by_the_org()
    {
        var (_, site) = await Registered();
        await using var _2 = site;
        var (tenant, tenantId) = await host.Tenant();
        await _world.Allocate(tenantId, site.Id);
        await Wait.Until(() => site.Simulated.Tenant(tenant.Org) is not null);
        await Rename("The Research Group");
        await Wait.Until(() => site.Simulated.Tenant(tenant.Org)!.Metadata.Name == "The Research Group");
        await Rename("Forschungsgruppe Köln");
        await Wait.Until(() => site.Simulated.Tenant(tenant.Org)!.Metadata.Name == tenant.Org);
        await Wait.Until(async () => await Open(site.Id) == 0);
        var updates = site.Simulated.AcceptedCalls["UpdateTenant"];
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(updates, site.Simulated.AcceptedCalls["UpdateTenant"]);

        async Task Rename(string name)
        {
            await _world.Sql("update identity.tenant set org_display_name = @name where id = @tenantId", new { name, tenantId });
            await _world.Publish(new TenantRenamed(tenantId));
        }
    }

    [Fact]
    public async Task Inventory_repairs_a_tenant_that_the_site_lost_or_renamed()
    {
        var (_, site) = await Registered();
        await using var _2 = site;
        var (lost, lostId) = await host.Tenant();
        var (renamed, renamedId) = await host.Tenant();
        await _world.Allocate(lostId, site.Id);
        await _world.Allocate(renamedId, site.Id);
        await Wait.Until(() => site.Simulated.Tenant(lost.Org) is not null && site.Simulated.Tenant(renamed.Org) is not null);
        await _world.Sql("update hardware.tenant_site set repaired = null where site_id = @Id", new { site.Id });
        site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = "tenant", Target = renamed.Org, Name = "by-hand" });
        var fault = site.Simulated.Faults.Add(Fault.Lose("tenant", lost.Org));
        await Wait.Until(() => site.Simulated.Tenant(renamed.Org)!.Metadata.Name == renamed.Org);
        await Wait.Until(() => site.Simulated.AcceptedCalls["CreateTenant"] >= 3);
        site.Simulated.Faults.Remove(fault.Id);
        Assert.NotNull(site.Simulated.Tenant(lost.Org));
    }

    private static bool All(JsonNode list, string status) => list.AsArray().All(machine => machine!["status"].Text() == status);

    private static SimulatorOptions Options(string layout) => new()
    {
        SiteName = "site-" + Guid.NewGuid().ToString("N")[..8],
        Layout = layout,
        Speed = double.PositiveInfinity,
        Blemishes = false,
        Churn = 0,
    };

    private Task<int> Open(Guid siteId) =>
        _world.Read<int>("select count(*)::integer from sitelink.command where site_id = @siteId and state in ('Pending', 'Sending')", new { siteId });

    private Task<MachineRef?> Find(string id) => _world.Transaction((scope, _) => scope.GetRequiredService<IMachines>().Find(id, default));

    /// <summary>An org with a site of four machines, all of them Ready.</summary>
    private async Task<(ServiceAccount Account, TestSite Site)> Registered()
    {
        var account = await host.ServiceAccount();
        var site = await host.Site(account.Org, Options("gb200=4"));
        await account.Client.Eventually("machine", list => list.AsArray().Count == 4 && All(list, "Ready"));
        return (account, site);
    }
}
