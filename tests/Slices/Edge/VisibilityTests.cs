using System.Text.Json.Nodes;
using Nico.SiteProtocol.Health;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>
/// What each side sees of every resource: a provider and two tenants that share its site and do not trust each other. Sources: spec/10,
/// 20, 30, 31, 40 and 41, and the specs' README, point 2.
/// </summary>
public sealed class VisibilityTests(TestHost host, SharedSite shared) : IClassFixture<SharedSite>
{
    private ApiClient Provider => shared.Provider;

    private Holder One => shared.One;

    private Holder Other => shared.Other;

    /// <summary>spec/40-site.md, section 2.6: the token is for administrators of the owner, the setting for tenants, all else for everyone.</summary>
    [Fact]
    public async Task A_site()
    {
        var (asAdministrator, asViewer) = (await Both(Provider, shared.Announced), await Both(shared.Viewer, shared.Announced));
        var (asTenant, asPrivileged) = (await Both(One.Client, shared.Announced), await Both(shared.Privileged, shared.Announced));
        Assert.All(asAdministrator, site => Assert.NotNull(site["registrationToken"]));
        Assert.All(asAdministrator, site => Assert.NotNull(site["registrationTokenExpiration"]));
        foreach (var site in asViewer.Concat(asTenant).Concat(asPrivileged))
        {
            Assert.Null(site["registrationToken"]);
            Assert.Null(site["registrationTokenExpiration"]);
        }

        Assert.All(asTenant, site => Assert.False(site["isSerialConsoleSSHKeysEnabled"].Flag()));
        Assert.All(
            asAdministrator.Concat(asViewer).Concat(asPrivileged), site => Assert.False(site.AsObject().ContainsKey("isSerialConsoleSSHKeysEnabled")));

        // All that is left is the same for everyone, its history too.
        foreach (var site in new[] { shared.Site, shared.Announced })
        {
            var whole = (await Provider.Get($"site/{site}")).Is(200).AsObject();
            foreach (var client in new[] { shared.Viewer, One.Client, Other.Client, shared.Privileged })
            {
                var seen = (await client.Get($"site/{site}")).Is(200).AsObject();
                foreach (var (name, value) in whole.Where(member => !member.Key.StartsWith("registrationToken", StringComparison.Ordinal)))
                {
                    Assert.Equal(value?.ToJsonString(), seen[name]?.ToJsonString());
                }

                Assert.Equal((await Provider.Get($"site/{site}/status-history")).Text, (await client.Get($"site/{site}/status-history")).Text);
            }
        }

        Assert.Equal("by the river", (await One.Client.Get($"site/{shared.Site}")).Is(200)["description"].Text());

        // Who has nothing there does not find it, by no means.
        var (stranger, _) = await host.Tenant();
        foreach (var client in new[] { stranger, shared.Invited, (await host.Provider()).Client })
        {
            Unknown(await client.Get($"site/{shared.Site}"));
            Unknown(await client.Get($"site/{shared.Site}/status-history"));
            Assert.Equal(0, (await client.Get("site")).Total);
            Assert.Equal(0, (await client.Get("site?query=river")).Total);
            Assert.Equal(0, (await client.Get($"site?infrastructureProviderId={shared.ProviderId}")).Total);
        }

        // Neither a tenant nor a viewer can do anything with it.
        (await One.Client.Patch($"site/{shared.Site}", new { renewRegistrationToken = true })).Fails(400, "renewRegistrationToken");
        (await One.Client.Patch($"site/{shared.Site}", new { location = new { city = "Bonn" } })).Fails(400, "location");
        (await shared.Privileged.Patch($"site/{shared.Site}", new { name = "mine" })).Fails(400, "name");
        (await shared.Privileged.Patch($"site/{shared.Site}", new { })).Is(403);
        Unknown(await shared.Invited.Patch($"site/{shared.Site}", new { name = "mine" }));
        (await shared.Viewer.Patch($"site/{shared.Site}", new { name = "mine" })).Is(403);
        (await One.Client.Delete($"site/{shared.Site}")).Is(403);

        static async Task<JsonNode[]> Both(ApiClient client, Guid site) =>
            [(await client.Get($"site/{site}")).Is(200), (await client.Get("site")).Items().Single(each => each!["id"].Id() == site)!];
    }

    [Fact]
    public async Task GPUs_of_a_site_are_counted_for_its_provider_alone()
    {
        (await One.Client.Get("site?includeGpuStats=true")).Is(403);
        (await shared.Privileged.Get("site?includeGpuStats=true")).Is(403);
        (await Provider.Get("site?includeGpuStats=maybe")).Fails(400, "includeGpuStats");
        foreach (var client in new[] { Provider, shared.Viewer })
        {
            var sites = (await client.Get("site?includeGpuStats=true")).Items().ToDictionary(site => site!["id"].Id(), site => site!["gpuStats"]!);
            Assert.Equal((await Provider.Get($"machine/gpu/stats?siteId={shared.Site}")).Is(200).ToJsonString(), sites[shared.Site].ToJsonString());
            Assert.Equal("[]", sites[shared.Announced].ToJsonString());
            Assert.All((await client.Get("site")).Items(), site => Assert.False(site!.AsObject().ContainsKey("gpuStats")));
        }

        var both = host.As((await host.Provider(One.Client.Org)).Client.Org, "PROVIDER_ADMIN", "TENANT_ADMIN");
        Assert.All((await both.Get("site?includeGpuStats=true")).Items(), site => Assert.False(site!.AsObject().ContainsKey("gpuStats")));
    }

    [Fact]
    public async Task Machines_of_a_site_are_counted_for_their_provider_alone()
    {
        (await One.Client.Get("site?includeMachineStats=true")).Is(403);
        (await shared.Privileged.Get("site?includeMachineStats=true")).Is(403);
        foreach (var client in new[] { Provider, shared.Viewer })
        {
            var stats = (await client.Get("site?includeMachineStats=true")).Items().Single(site => site!["id"].Id() == shared.Site)!["machineStats"]!;
            Assert.Equal(6, stats["total"].Number());

            // Of the three that are allocated two carry an instance.
            Assert.Equal("""{"allocatedInUse":2,"allocatedNotInUse":1,"unallocated":3}""", stats["totalByAllocation"]!.ToJsonString());
        }

        // An org that has a provider of its own, which is another's.
        var both = host.As((await host.Provider(One.Client.Org)).Client.Org, "PROVIDER_ADMIN", "TENANT_ADMIN");
        Assert.All((await both.Get("site?includeMachineStats=true")).Items(), site => Assert.Null(site!["machineStats"]));
        Assert.All((await both.Get("site")).Items(), site => Assert.Null(site!["registrationToken"]));
        foreach (var path in new[] { "machine/gpu/stats", "machine/instance-type/stats", "machine/instance-type/stats/summary", "tenant/instance-type/stats" })
        {
            (await Provider.Get($"{path}?siteId={shared.Site}")).Is(200);
            (await shared.Viewer.Get($"{path}?siteId={shared.Site}")).Is(403);
            (await One.Client.Get($"{path}?siteId={shared.Site}")).Is(403);
            (await both.Get($"{path}?siteId={shared.Site}")).Fails(400, "siteId");
        }

        (await One.Client.Get($"machine-capability?siteId={shared.Site}")).Is(403);
        (await both.Get($"machine-capability?siteId={shared.Site}")).Fails(400, "siteId");
        Assert.Empty((await both.Get("machine-capability")).Items());
    }

    /// <summary>spec/41-machine.md, section 2.3.</summary>
    [Fact]
    public async Task A_machine()
    {
        const string Everything = "includeMetadata=true&includeRelation=InfrastructureProvider&includeRelation=Site&includeRelation=InstanceType";
        var path = $"machine/{One.Machine}?{Everything}";
        var whole = (await Provider.Get(path)).Is(200).AsObject();
        Assert.NotNull(whole["serialNumber"]);
        Assert.NotNull(whole["health"]);
        Assert.NotNull(whole["metadata"]);
        Assert.Contains(whole["machineInterfaces"]!.AsArray(), part => part!["attachedDpuMachineID"] is not null);
        Assert.Equal(
            (One.TenantId, One.Instance, "one-instance"),
            (whole["tenant"]!["id"].Id(), whole["instance"]!["id"].Id(), whole["instance"]!["name"].Text()));
        foreach (var client in new[] { shared.Viewer, shared.Privileged })
        {
            Assert.Equal(whole.ToJsonString(), (await client.Get(path)).Is(200).ToJsonString());
            Assert.Equal(whole.ToJsonString(), Assert.Single((await client.Get($"machine?id={One.Machine}&{Everything}")).Items())!.ToJsonString());
        }

        // The tenant that uses it: no more is hidden than the five, and no less.
        var seen = (await One.Client.Get(path)).Is(200).AsObject();
        Assert.Null(seen["serialNumber"]);
        Assert.Null(seen["health"]);
        Assert.False(seen.ContainsKey("metadata"));
        Assert.All(seen["machineInterfaces"]!.AsArray(), part => Assert.Null(part!["attachedDpuMachineID"]));
        Assert.NotEmpty(whole["associatedDpuMachineIds"]!.AsArray());
        Assert.Empty(seen["associatedDpuMachineIds"]!.AsArray());
        foreach (var (name, value) in whole.Where(
            member => member.Key is not ("serialNumber" or "health" or "metadata" or "machineInterfaces" or "associatedDpuMachineIds")))
        {
            Assert.Equal(value?.ToJsonString(), seen[name]?.ToJsonString());
        }

        Assert.Equal(
            whole["machineInterfaces"]!.AsArray().Select(part => part!["macAddress"].Text()),
            seen["machineInterfaces"]!.AsArray().Select(part => part!["macAddress"].Text()));
        var short_ = (await One.Client.Get($"instance/{One.Instance}?includeRelation=Machine")).Is(200)["machine"]!.AsObject();
        Assert.Equal(
            ["id", "controllerMachineId", "controllerMachineType", "hwSkuDeviceType", "vendor", "productName", "maintenanceMessage", "status"],
            short_.Select(member => member.Key));

        // It is nobody else's, and a tenant is not shown the hardware as such.
        foreach (var client in new[] { Other.Client, shared.Invited, (await host.Provider()).Client })
        {
            Unknown(await client.Get(path));
            Unknown(await client.Get($"machine/{One.Machine}/status-history"));
        }

        Assert.NotEmpty((await One.Client.Get($"machine/{One.Machine}/status-history")).Items());
        (await One.Client.Get("machine")).Is(403);
        (await One.Client.Get($"machine?id={One.Machine}")).Is(403);
        (await shared.Invited.Get($"machine?id={One.Machine}")).Is(403);
        foreach (var change in new object[] { new { labels = new { } }, new { setMaintenanceMode = true, maintenanceMessage = "mine now" }, new { instanceTypeId = shared.Type } })
        {
            (await One.Client.Patch($"machine/{One.Machine}", change)).Is(403);
            (await shared.Viewer.Patch($"machine/{One.Machine}", change)).Is(403);
            (await Other.Client.Patch($"machine/{One.Machine}", change)).Is(404);
        }
    }

    /// <summary>Whether a tenant has an account with somebody else's provider is not to be found out by a filter.</summary>
    [Fact]
    public async Task Tenants_in_the_filter_of_machines()
    {
        var (idle, idleId) = await host.Tenant();
        await new HardwareWorld(host).Account(shared.ProviderId, idleId);
        Assert.Equal(0, (await Provider.Get($"machine?tenantId={idleId}")).Total);
        Assert.Equal(One.Machine, Assert.Single((await Provider.Get($"machine?tenantId={One.TenantId}")).Items())!["id"].Text());

        // The privileged tenant sees who is on a machine, and no account.
        Assert.Equal(One.Machine, Assert.Single((await shared.Privileged.Get($"machine?tenantId={One.TenantId}")).Items())!["id"].Text());
        var unknown = (await shared.Privileged.Get($"machine?tenantId={Bodies.UnknownId}")).Fails(400, "tenantId").ToJsonString();
        var hidden = (await shared.Privileged.Get($"machine?tenantId={idleId}")).Fails(400, "tenantId").ToJsonString();
        Assert.Equal(unknown, hidden.Replace(idleId.ToString(), Bodies.UnknownId, StringComparison.Ordinal));
        (await shared.Invited.Get($"machine?tenantId={One.TenantId}")).Is(403);
        (await idle.Get($"machine?tenantId={idleId}")).Is(403);
    }

    /// <summary>A machine's next tenant reads its history: what alerts say may be what its last tenant told of it.</summary>
    [Fact]
    public async Task The_history_of_a_machine_does_not_tell_what_its_hidden_health_says()
    {
        var world = new HardwareWorld(host);
        var site = await HardwareWorld.Site(Provider, "history-" + Guid.NewGuid().ToString("N")[..6]);
        var machine = world.Machine();
        machine.Health.Alerts.Add(new HealthProbeAlert { Id = "TenantReportedIssue", Message = "our secret model broke it", Classifications = { "PreventAllocations" } });
        await world.Round(site, [machine]);
        machine.Health.Alerts.Clear();
        await world.Round(site, [machine]);
        var (tenant, tenantId) = await host.Tenant();
        await world.Assign(machine.Id.Id, tenantId);
        foreach (var path in new[] { $"machine/{machine.Id.Id}", $"machine/{machine.Id.Id}/status-history" })
        {
            var text = (await tenant.Get(path)).Is(200).ToJsonString();
            Assert.Contains("TenantReportedIssue", text, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        }
    }

    /// <summary>A controller may report any id as its machine's instance type: its provider learns nothing by it, and the type gains no machine.</summary>
    [Fact]
    public async Task The_instance_type_of_a_machine_is_one_of_its_site()
    {
        var (rival, _) = await host.Provider();
        var site = await HardwareWorld.Site(rival);
        var world = new HardwareWorld(host);
        var machine = world.Machine("Ready", m => m.InstanceTypeId = shared.Type.ToString());
        await world.Round(site, [machine]);
        var claimed = (await rival.Get($"machine/{machine.Id.Id}?includeRelation=InstanceType")).Is(200).AsObject();
        Assert.Null(claimed["instanceTypeId"]);
        Assert.False(claimed.ContainsKey("instanceType"));
        var type = (await Provider.Get($"instance/type/{shared.Type}?includeMachineAssociation=true&includeAllocationStats=true")).Is(200);
        Assert.Equal((4, 4), (type["machineInstanceTypes"]!.AsArray().Count, type["allocationStats"]!["assigned"].Number()));
        (await rival.Get($"machine?instanceTypeId={shared.Type}")).Fails(400, "instanceTypeId");
        Assert.Equal("Ready", (await Provider.Get($"machine/{One.Machine}?includeRelation=InstanceType")).Is(200)["instanceType"]!["status"].Text());
    }

    /// <summary>spec/20-ip-and-allocation.md, sections 6.2 and 6.3.</summary>
    [Fact]
    public async Task An_allocation()
    {
        const string Relations = "includeRelation=Tenant&includeRelation=Site&includeRelation=InfrastructureProvider";
        Assert.Equal(6, (await Provider.Get("allocation")).Total);
        Assert.Equal(6, (await shared.Viewer.Get("allocation")).Total);
        Assert.Equal(3, (await Provider.Get($"allocation?tenantId={One.TenantId}")).Total);
        Assert.Equal(["one-announced", "one-machines", "one-network"], await Names(One.Client, "allocation?orderBy=NAME_ASC"));
        foreach (var order in new[] { "SITE_NAME_ASC", "TENANT_ORG_DISPLAY_NAME_DESC", "INSTANCE_TYPE_NAME_ASC", "IP_BLOCK_NAME_DESC", "CONSTRAINT_VALUE_ASC" })
        {
            var mine = await One.Client.Get($"allocation?orderBy={order}");
            Assert.Equal(3, mine.Total);
            Assert.All(mine.Items(), each => Assert.Equal(One.TenantId, each!["tenantId"].Id()));
            Assert.Equal(6, (await Provider.Get($"allocation?orderBy={order}")).Total);
            Assert.Equal(0, (await shared.Privileged.Get($"allocation?orderBy={order}")).Total);
        }

        // Both sides see the same of it, whatever is embedded.
        foreach (var id in new[] { One.Quota, One.Network })
        {
            var given = (await Provider.Get($"allocation/{id}?{Relations}")).Is(200).ToJsonString();
            Assert.Equal(given, (await One.Client.Get($"allocation/{id}?{Relations}")).Is(200).ToJsonString());
            Assert.Equal(given, Assert.Single((await One.Client.Get($"allocation?id={id}&{Relations}")).Items())!.ToJsonString());
            Assert.Equal(given, (await shared.Viewer.Get($"allocation/{id}?{Relations}")).Is(200).ToJsonString());
            Assert.DoesNotContain("registrationToken", given, StringComparison.Ordinal);
            foreach (var client in new[] { Other.Client, shared.Privileged, shared.Invited, (await host.Provider()).Client })
            {
                Unknown(await client.Get($"allocation/{id}"));
            }
        }

        // No filter gets at the neighbour's.
        foreach (var query in new[] { $"id={One.Quota}", "query=one-machines", "query=one in words", $"resourceTypeId={shared.Type}&constraintValue=2" })
        {
            Assert.DoesNotContain("one-", (await Other.Client.Get($"allocation?{query}")).Text, StringComparison.Ordinal);
        }

        Assert.Equal(3, (await Other.Client.Get($"allocation?tenantId={One.TenantId}")).Total);
        Assert.Equal(3, (await Other.Client.Get($"allocation?infrastructureProviderId={Bodies.UnknownId}")).Total);

        // What is given can be changed by the giver alone.
        (await One.Client.Patch($"allocation/{One.Quota}", new { name = "more" })).Is(403);
        (await One.Client.Delete($"allocation/{One.Quota}")).Is(403);
        (await shared.Viewer.Delete($"allocation/{One.Quota}")).Is(403);
    }

    /// <summary>spec/20-ip-and-allocation.md, sections 5.2 to 5.4.</summary>
    [Fact]
    public async Task An_IP_block()
    {
        Assert.Equal(["pool", "pool"], await Names(Provider, "ipblock"));
        Assert.Equal(["one-announced", "one-network"], await Names(One.Client, "ipblock?orderBy=NAME_ASC"));
        Assert.Equal(["one-network", "other-network"], await Names(Provider, $"ipblock/{shared.Pool}/derived?orderBy=NAME_ASC"));
        Assert.Equal(["one-network", "other-network"], await Names(shared.Viewer, $"ipblock/{shared.Pool}/derived?orderBy=NAME_ASC"));
        (await One.Client.Get($"ipblock/{shared.Pool}/derived")).Is(403);

        // The provider may read what it gave, and how much of it is used; the tenant's neighbour none of it, and no tenant the pool.
        const string All = "includeUsageStats=true&includeRelation=Tenant&includeRelation=Site&includeRelation=InfrastructureProvider";
        var given = (await Provider.Get($"ipblock/{One.Block}?{All}")).Is(200);
        Assert.Equal(2, given["usageStats"]!["acquiredPrefixes"].Number());
        Assert.Equal(given.ToJsonString(), (await One.Client.Get($"ipblock/{One.Block}?{All}")).Is(200).ToJsonString());
        Assert.Equal(given.ToJsonString(), (await shared.Viewer.Get($"ipblock/{One.Block}?{All}")).Is(200).ToJsonString());
        Assert.Equal(One.TenantId, given["tenantId"].Id());
        Assert.False((await Provider.Get($"ipblock/{shared.Pool}?{All}")).Is(200).AsObject().ContainsKey("tenant"));
        foreach (var client in new[] { Other.Client, shared.Privileged, (await host.Provider()).Client })
        {
            Unknown(await client.Get($"ipblock/{One.Block}"));
            Assert.DoesNotContain("one-", (await client.Get("ipblock?query=one-network")).Text, StringComparison.Ordinal);
        }

        Unknown(await One.Client.Get($"ipblock/{shared.Pool}"));
        Assert.Equal(2, (await Other.Client.Get($"ipblock?tenantId={One.TenantId}")).Total);
        (await One.Client.Patch($"ipblock/{One.Block}", new { name = "mine" })).Is(403);
        (await One.Client.Delete($"ipblock/{One.Block}")).Is(403);
    }

    /// <summary>spec/31-instance-type.md, sections 3.2, 3.3 and 5.</summary>
    [Fact]
    public async Task An_instance_type()
    {
        Assert.Equal(2, (await Provider.Get("instance/type")).Total);
        Assert.Equal(2, (await One.Client.Get("instance/type")).Total);
        Assert.Equal(shared.Type, Assert.Single((await One.Client.Get("instance/type?excludeUnallocated=true")).Items())!["id"].Id());
        (await Provider.Get("instance/type?excludeUnallocated=true")).Is(403);

        // What it is is the same for all who see it; who its machines are is the provider's business.
        const string Relations = "includeRelation=Site&includeRelation=InfrastructureProvider";
        foreach (var client in new[] { shared.Viewer, One.Client, Other.Client })
        {
            Assert.Equal(
                (await Provider.Get($"instance/type/{shared.Type}?{Relations}")).Is(200).ToJsonString(),
                (await client.Get($"instance/type/{shared.Type}?{Relations}")).Is(200).ToJsonString());
        }

        foreach (var parameter in new[] { "includeMachineAssociation", "includeMachineAssignment" })
        {
            Assert.Equal(4, (await Provider.Get($"instance/type/{shared.Type}?{parameter}=true")).Is(200)["machineInstanceTypes"]!.AsArray().Count);
            (await One.Client.Get($"instance/type/{shared.Type}?{parameter}=true")).Is(403);
        }

        (await One.Client.Get("instance/type?includeMachineAssignment=true")).Is(403);
        (await One.Client.Get($"instance/type/{shared.Type}/machine")).Is(403);
        (await shared.Viewer.Get($"instance/type/{shared.Type}/machine")).Is(403);
        Assert.DoesNotContain("machineId", (await One.Client.Get($"instance/type/{shared.Type}")).Text, StringComparison.Ordinal);

        // Numbers of others are only in what all share: how many machines there are. A tenant with nothing has none, not everybody's.
        Assert.Equal("4 machines, 3 promised, 2 used, max 1", await Stats(Provider, shared.Type));
        Assert.Equal("4 machines, 3 promised, 2 used, max 1", await Stats(shared.Viewer, shared.Type));
        Assert.Equal("4 machines, 2 promised, 1 used, max ", await Stats(One.Client, shared.Type));
        Assert.Equal("4 machines, 1 promised, 1 used, max ", await Stats(Other.Client, shared.Type));
        Assert.Equal("1 machines, 0 promised, 0 used, max ", await Stats(One.Client, shared.SpareType));
        var (stranger, _) = await host.Tenant();
        foreach (var client in new[] { stranger, shared.Privileged, shared.Invited, (await host.Provider()).Client })
        {
            Unknown(await client.Get($"instance/type/{shared.Type}"));
            Assert.Equal(0, (await client.Get("instance/type")).Total);
            var atSite = await client.Get($"instance/type?siteId={shared.Site}");
            if (client == shared.Privileged)
            {
                // It sees the site, at which nothing is its own.
                Assert.Empty(atSite.Items());
            }
            else
            {
                atSite.Fails(400, "siteId");
            }
        }

        async Task<string> Stats(ApiClient client, Guid type)
        {
            var one = (await client.Get($"instance/type/{type}?includeAllocationStats=true")).Is(200)["allocationStats"]!;
            var listed = (await client.Get("instance/type?includeAllocationStats=true")).Items().Single(each => each!["id"].Id() == type)!["allocationStats"]!;
            Assert.Equal(one.ToJsonString(), listed.ToJsonString());
            return $"{one["assigned"]} machines, {one["total"]} promised, {one["used"]} used, max {one["maxAllocatable"]}";
        }
    }

    /// <summary>spec/10-identity.md, section 6.</summary>
    [Fact]
    public async Task A_tenant_account()
    {
        var accounts = $"tenant/account?infrastructureProviderId={shared.ProviderId}";
        Assert.True((await Provider.Get(accounts)).Total >= 4);
        Assert.Equal((await Provider.Get(accounts)).Text, (await shared.Viewer.Get(accounts)).Text);
        var mine = Assert.Single((await One.Client.Get($"tenant/account?tenantId={One.TenantId}")).Items())!;
        Assert.Equal((One.Account, 3), (mine["id"].Id(), mine["allocationCount"].Number()));
        Assert.Equal(mine.ToJsonString(), (await Provider.Get(accounts)).Items().Single(each => each!["id"].Id() == One.Account)!.ToJsonString());

        // With the provider's id as well a tenant sees its own account with it, and no other's.
        Assert.Equal(One.Account, Assert.Single((await One.Client.Get($"{accounts}&tenantId={One.TenantId}")).Items())!["id"].Id());
        (await One.Client.Get(accounts)).Fails(400, "infrastructureProviderId");
        (await One.Client.Get($"tenant/account?tenantId={Other.TenantId}")).Fails(400, "tenantId");
        Assert.Equal(0, (await One.Client.Get($"tenant/account?tenantId={One.TenantId}&query={Other.Client.Org}")).Total);
        Unknown(await One.Client.Get($"tenant/account/{Other.Account}?tenantId={One.TenantId}"));
        Unknown(await One.Client.Get($"tenant/account/{Other.Account}?tenantId={Other.TenantId}"));
        Unknown(await One.Client.Get($"tenant/account/{Other.Account}?infrastructureProviderId={shared.ProviderId}"));
        Unknown(await One.Client.Patch($"tenant/account/{Other.Account}"));
        (await One.Client.Delete($"tenant/account/{One.Account}")).Is(403);
        (await shared.Viewer.Delete($"tenant/account/{One.Account}")).Is(403);
    }

    /// <summary>Specs 21, 30 and 32: no provider's role gives access to what is a tenant's, and a tenant has its own.</summary>
    [Fact]
    public async Task What_a_tenant_makes_is_its_own()
    {
        string[] mine =
        [
            $"vpc/{One.Vpc}", $"vpc-prefix/{One.Prefix}", $"subnet/{One.Subnet}", $"operating-system/{One.System}", $"instance/{One.Instance}",
            $"instance/{One.Instance}/status-history", $"instance/{One.Instance}/interface",
        ];
        string[] lists = ["vpc", "vpc-prefix", "subnet", "operating-system", "instance"];

        // The provider's org as a tenant of its own, at its own site: still not.
        await host.Tenant(Provider.Org);
        var both = host.As(Provider.Org, "PROVIDER_ADMIN", "TENANT_ADMIN");
        foreach (var path in mine)
        {
            (await One.Client.Get(path)).Is(200);
            (await Provider.Get(path)).Is(403);
            (await shared.Viewer.Get(path)).Is(403);
            foreach (var client in new[] { both, Other.Client, shared.Privileged })
            {
                Unknown(await client.Get(path));
            }
        }

        foreach (var list in lists)
        {
            Assert.DoesNotContain("other-", (await One.Client.Get(list)).Is(200).ToJsonString(), StringComparison.Ordinal);
            Assert.Equal(0, (await Other.Client.Get($"{list}?query=one")).Total);
            Assert.Equal(0, (await both.Get(list)).Total);
            Assert.Equal(0, (await shared.Privileged.Get(list)).Total);
            (await Provider.Get(list)).Is(403);
        }

        // Who looks after the hardware sees that it is used, and by whom.
        var machine = (await Provider.Get($"machine/{Other.Machine}")).Is(200);
        Assert.Equal(Other.TenantId, machine["tenantId"].Id());
        Assert.Equal(["id", "name", "controllerInstanceId", "status"], machine["instance"]!.AsObject().Select(member => member.Key));
        var stats = (await Provider.Get($"machine/instance-type/stats?siteId={shared.Site}")).Is(200).AsArray().Single(type => type!["id"].Id() == shared.Type)!;
        Assert.Equal(
            new[] { (One.TenantId, 2), (Other.TenantId, 1) }.Order(),
            stats["tenants"]!.AsArray().Select(tenant => (tenant!["id"].Id(), tenant["allocated"].Number())).Order());
    }

    [Fact]
    public async Task What_was_done_in_another_org()
    {
        var entry = (await One.Client.Get("audit?pageSize=100")).Items()[0]!["id"].Text();
        Unknown(await Provider.Get($"audit/{entry}"));
        Unknown(await Other.Client.Get($"audit/{entry}"));
        Assert.DoesNotContain("one-vpc", (await Provider.Get("audit?pageSize=100")).Is(200).ToJsonString(), StringComparison.Ordinal);
        (await shared.Viewer.Get("audit")).Is(403);

        // What a tenant has is counted for it, and for its provider only what that gave.
        var counts = (await One.Client.Get("tenant/current/stats")).Is(200);
        Assert.Equal((1, 2, 1, 1), (counts["instance"]!["total"].Number(), counts["vpc"]!["total"].Number(), counts["subnet"]!["total"].Number(), counts["tenantAccount"]!["total"].Number()));
        (await Provider.Get("tenant/current/stats")).Is(403);
        (await One.Client.Get("infrastructure-provider/current/stats")).Is(403);
        (await shared.Viewer.Get("infrastructure-provider/current/stats")).Is(403);
    }

    private static async Task<string[]> Names(ApiClient client, string path) => [.. (await client.Get(path)).Items().Select(each => each!["name"].Text())];

    /// <summary>The answer is that of an id that nothing has.</summary>
    private static void Unknown(Answer answer) => Assert.EndsWith(" does not exist", answer.Fails(404)["message"].Text(), StringComparison.Ordinal);
}
