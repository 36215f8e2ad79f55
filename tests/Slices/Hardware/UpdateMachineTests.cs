using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/41-machine.md, section 15.3: what is checked, whatever the site.</summary>
public sealed class UpdateMachineTests(TestHost host)
{
    private const string Reason = "Fan tray 2 is being replaced";

    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task One_order_at_a_time_and_each_complete()
    {
        var (provider, _, machine) = await Arrange();
        var path = $"machine/{machine.Id.Id}";
        (await provider.Patch(path, new { })).Fails(400, "__all__");
        (await provider.Patch(path, new { labels = new { a = "b" }, setMaintenanceMode = false })).Fails(400, "labels", "setMaintenanceMode");
        (await provider.Patch(path, new { clearInstanceType = false })).Fails(400, "clearInstanceType");
        (await provider.Patch(path, new { instanceTypeId = Guid.NewGuid().ToString().ToUpperInvariant() })).Fails(400, "instanceTypeId");
        foreach (var message in new[] { null, "four", new string('x', 257), "      " })
        {
            (await provider.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = message })).Fails(400, "maintenanceMessage");
        }

        (await provider.Patch(path, new { setMaintenanceMode = false, maintenanceMessage = Reason })).Fails(400, "maintenanceMessage");
        (await provider.Patch(path, new { setMaintenanceMode = false })).Fails(400, "setMaintenanceMode");
        (await provider.Patch(path, new { labels = Enumerable.Range(0, 11).ToDictionary(i => $"key-{i}", _ => "") })).Fails(400, "labels");
        foreach (var (key, value) in new[] { ("", "x"), (new string('k', 256), "x"), ("key", new string('v', 256)) })
        {
            (await provider.Patch(path, new { labels = new Dictionary<string, string> { [key] = value } })).Fails(400, "labels");
        }

        Assert.Equal("Ready", (await provider.Get(path)).Is(200)["status"].Text());
    }

    [Fact]
    public async Task A_repair_needs_its_issue_its_policy_and_every_acknowledgment()
    {
        var (provider, _, machine) = await Arrange();
        var path = $"machine/{machine.Id.Id}";
        await Wrong("healthIssue", body => body.Remove("healthIssue"));
        await Wrong("healthIssue.category", body => body["healthIssue"]!.AsObject().Remove("category"));
        await Wrong("healthIssue.category", body => body["healthIssue"]!["category"] = "Weather");
        await Wrong("healthIssue.summary", body => body["healthIssue"]!["summary"] = "");
        await Wrong("healthIssue.summary", body => body["healthIssue"]!["summary"] = new string('s', 513));
        await Wrong("healthIssue.details", body => body["healthIssue"]!.AsObject().Remove("details"));
        await Wrong("healthIssue.details", body => body["healthIssue"]!["details"] = new string('d', 8193));
        await Wrong("onlineRepair.enabled", body => body["onlineRepair"]!.AsObject().Remove("enabled"));
        await Wrong("onlineRepair.policy", body => body["onlineRepair"]!.AsObject().Remove("policy"));
        await Wrong("onlineRepair.policy.allowAutoInstanceDeletionOnFailure", body => body["onlineRepair"]!["policy"] = new JsonObject());
        await Wrong("onlineRepair.acknowledgments", body => body["onlineRepair"]!.AsObject().Remove("acknowledgments"));
        foreach (var risk in new[] { "acceptDataCorruptionRisk", "acceptRepairTeamAccess", "acceptInstanceDeletionRisk" })
        {
            await Wrong($"onlineRepair.acknowledgments.{risk}", body => body["onlineRepair"]!["acknowledgments"]![risk] = false);
            await Wrong($"onlineRepair.acknowledgments.{risk}", body => body["onlineRepair"]!["acknowledgments"]!.AsObject().Remove(risk));
        }

        await Wrong("onlineRepair.policy", body => body["onlineRepair"]!["enabled"] = false);
        await Wrong("onlineRepair.acknowledgments", body => body["onlineRepair"]!["enabled"] = false);
        await Wrong("healthIssue", body => body["onlineRepair"]!["enabled"] = false);
        (await provider.Patch(path, new { healthIssue = Repairs.Order()["healthIssue"], labels = new { a = "b" } })).Fails(400, "healthIssue");

        // Nothing to repair around: the machine carries no instance.
        (await provider.Patch(path, Repairs.Order())).Fails(400, "onlineRepair");
        (await provider.Patch(path, Repairs.End())).Fails(400, "onlineRepair");

        async Task Wrong(string field, Action<JsonObject> with)
        {
            var body = Repairs.Order();
            with(body);
            (await provider.Patch(path, body)).Fails(400, field);
        }
    }

    [Fact]
    public async Task Only_those_change_a_machine_whose_business_it_is()
    {
        var (provider, _, machine) = await Arrange();
        var providerId = (await provider.Get("infrastructure-provider/current")).Is(200)["id"].Id();
        var path = $"machine/{machine.Id.Id}";
        var labels = new { labels = new { a = "b" } };
        (await host.As(provider.Org, "PROVIDER_VIEWER").Patch(path, labels)).Fails(403);
        var (other, _) = await host.Provider();
        (await other.Patch(path, labels)).Fails(404);
        (await provider.Patch("machine/no-such", labels)).Fails(404);

        var (plain, plainId) = await host.Tenant();
        await _world.Account(providerId, plainId);
        (await plain.Patch(path, labels)).Fails(404);
        await _world.Assign(machine.Id.Id, plainId);
        (await plain.Patch(path, labels)).Fails(403);

        // To see it all as the provider's viewer is not to change it as a tenant.
        await host.Tenant(provider.Org);
        (await host.As(provider.Org, "PROVIDER_VIEWER", "TENANT_ADMIN").Patch(path, labels)).Fails(403);

        var (invited, invitedId) = await _world.PrivilegedTenant(host);
        await _world.Account(providerId, invitedId, "Invited");
        (await invited.Patch(path, labels)).Fails(404);

        var (privileged, privilegedId) = await _world.PrivilegedTenant(host);
        await _world.Account(providerId, privilegedId);
        (await privileged.Patch(path, new { instanceTypeId = Guid.NewGuid() })).Fails(403);
        (await privileged.Patch(path, new { clearInstanceType = true })).Fails(403);
        (await privileged.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Fails(403);

        // Another tenant's instance is not theirs to be repaired around.
        (await privileged.Patch(path, Repairs.Order())).Fails(403);
        var changed = (await privileged.Patch(path, labels)).Is(200);
        Assert.Equal("b", changed["labels"]!["a"].Text());
        Assert.NotNull(changed["metadata"]);
    }

    [Fact]
    public async Task Instance_types_are_not_known_yet_and_can_be_cleared()
    {
        var (provider, site, machine) = await Arrange();
        var path = $"machine/{machine.Id.Id}";
        (await provider.Patch(path, new { instanceTypeId = Guid.NewGuid() })).Fails(400, "instanceTypeId");
        (await provider.Patch(path, new { clearInstanceType = true })).Fails(400, "clearInstanceType");
        machine.State = "Failed/Discovery";
        machine.InstanceTypeId = Guid.NewGuid().ToString();
        await _world.Round(site, [machine]);
        (await provider.Patch(path, new { instanceTypeId = Guid.NewGuid() })).Fails(400, "instanceTypeId");
        var (_, tenantId) = await host.Tenant();
        var instance = await _world.Assign(machine.Id.Id, tenantId);
        (await provider.Patch(path, new { clearInstanceType = true })).Fails(400);
        await _world.Release(machine.Id.Id, instance, needsReset: false);

        // What a machine belongs to can be cleared even while its site misses it.
        await _world.Round(site, []);
        Assert.Null((await provider.Patch(path, new { clearInstanceType = true })).Is(200)["instanceTypeId"]);
    }

    [Fact]
    public async Task Without_a_site_that_answers_or_a_machine_at_it_nothing_is_ordered()
    {
        var (provider, site, machine) = await Arrange();
        var path = $"machine/{machine.Id.Id}";
        await _world.Round(site, []);
        (await provider.Patch(path, new { labels = new { a = "b" } })).Fails(400);
        (await provider.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Fails(400);

        // What changes nothing needs no machine at the site.
        Assert.Empty((await provider.Patch(path, new { labels = new { } })).Is(200)["labels"]!.AsObject());
        await _world.Sql("update hardware.site set status = 'Error' where id = @site", new { site });
        await _world.Round(site, [machine]);
        await _world.Sql("update hardware.site set status = 'Error' where id = @site", new { site });
        (await provider.Patch(path, new { labels = new { a = "b" } })).Fails(400);
        (await provider.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Fails(400);
    }

    [Fact]
    public async Task What_is_ordered_is_shown_until_the_site_has_answered()
    {
        // A site that was never connected answers to no order.
        var (provider, site, machine) = await Arrange();
        var path = $"machine/{machine.Id.Id}";
        var on = (await provider.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Is(200);
        Assert.Equal(("Maintenance", Reason, false), (on["status"].Text(), on["maintenanceMessage"].Text(), on["isUsableByTenant"].Flag()));
        (await provider.Patch(path, new { labels = new { team = "research" } })).Is(200);
        machine.HwSkuDeviceType = "gpu";
        machine.Metadata.Labels.Add(new Label { Key = "other", Value = "label" });
        await _world.Round(site, [machine]);
        var reported = (await provider.Get(path)).Is(200);
        Assert.Equal(("gpu", "Maintenance", Reason), (reported["hwSkuDeviceType"].Text(), reported["status"].Text(), reported["maintenanceMessage"].Text()));
        Assert.Equal("research", Assert.Single(reported["labels"]!.AsObject()).Value.Text());
        Assert.Equal(["Maintenance", "Ready"], reported["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text()));
        Assert.Equal("research", Assert.Single((await provider.Get("machine")).Items())!["labels"]!["team"].Text());

        var off = (await provider.Patch(path, new { setMaintenanceMode = false })).Is(200);
        Assert.Equal("Initializing", off["status"].Text());
        Assert.Null(off["maintenanceMessage"]);
    }

    private async Task<(ApiClient Provider, Guid Site, Machine Machine)> Arrange()
    {
        var (provider, _) = await host.Provider();
        var site = await HardwareWorld.Site(provider);
        var machine = _world.Machine();
        await _world.Round(site, [machine]);
        return (provider, site, machine);
    }
}

/// <summary>Orders for repairs.</summary>
internal static class Repairs
{
    public static JsonObject Order(bool allowsDeletion = true) => new()
    {
        ["onlineRepair"] = new JsonObject
        {
            ["enabled"] = true,
            ["policy"] = new JsonObject { ["allowAutoInstanceDeletionOnFailure"] = allowsDeletion },
            ["acknowledgments"] = new JsonObject
            {
                ["acceptDataCorruptionRisk"] = true,
                ["acceptRepairTeamAccess"] = true,
                ["acceptInstanceDeletionRisk"] = true,
            },
        },
        ["healthIssue"] = new JsonObject { ["category"] = "Storage", ["summary"] = "nvme3n1 is slow", ["details"] = "10 MB/s" },
    };

    public static JsonObject End() => new() { ["onlineRepair"] = new JsonObject { ["enabled"] = false } };
}

/// <summary>What a machine's site is told, and what becomes of it: spec/41-machine.md, section 15.3.</summary>
public sealed class MachineAtSiteTests(TestHost host)
{
    private const string Reason = "Fan tray 2 is being replaced";

    [Fact]
    public async Task Maintenance_goes_to_the_site_and_ends_there()
    {
        var (account, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        var on = (await account.Client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = $" {Reason} " })).Is(200);
        Assert.Equal(("Maintenance", Reason), (on["status"].Text(), on["maintenanceMessage"].Text()));
        Assert.Equal(Reason, site.Simulated.Machine(machine)!.MaintenanceReference);
        (await account.Client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = "The fans came late" })).Is(200);
        await account.Client.Eventually(path, m => m["maintenanceMessage"]?.GetValue<string>() == "The fans came late" && m["health"]!["alerts"]!.AsArray().Count > 0);
        var off = (await account.Client.Patch(path, new { setMaintenanceMode = false })).Is(200);
        Assert.Null(off["maintenanceMessage"]);
        Assert.Null(site.Simulated.Machine(machine)!.MaintenanceStartTime);
        var ready = await account.Client.Eventually(path, m => m["status"].Text() == "Ready");
        Assert.True(ready["isUsableByTenant"].Flag());
        var history = (await account.Client.Get(path + "/status-history?orderBy=CREATED_ASC")).Items().Select(entry => entry!["status"].Text());
        Assert.Equal(["Ready", "Maintenance", "Maintenance", "Initializing", "Ready"], history.SkipWhile(status => status != "Ready"));
        Assert.Equal(3, site.Simulated.AcceptedCalls["SetMaintenance"]);
    }

    [Fact]
    public async Task Labels_go_to_the_site_which_keeps_its_name_for_the_machine()
    {
        var (account, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = "machine", Target = machine, Name = "rack-7-node-2", Description = "next to the door" });
        var set = (await account.Client.Patch(path, new { labels = new { team = "research", empty = "" } })).Is(200);
        Assert.Equal(["empty", "team"], set["labels"]!.AsObject().Select(label => label.Key).Order());
        var there = site.Simulated.Machine(machine)!.Metadata;
        Assert.Equal(("rack-7-node-2", "next to the door"), (there.Name, there.Description));
        Assert.Equal(["empty=", "team=research"], there.Labels.Select(label => $"{label.Key}={label.Value}").Order());
        Assert.Equal(1, site.Simulated.AcceptedCalls["UpdateMachineMetadata"]);

        // The same again says nothing new; what was never sent is replaced by what came after.
        (await account.Client.Patch(path, new { labels = new { empty = "", team = "research" } })).Is(200);
        Assert.Equal(1, site.Simulated.ReceivedCalls["UpdateMachineMetadata"]);
        Assert.Empty((await account.Client.Patch(path, new { labels = new { } })).Is(200)["labels"]!.AsObject());
        Assert.Empty(site.Simulated.Machine(machine)!.Metadata.Labels);
        await account.Client.Eventually("machine?query=research", list => list.AsArray().Count == 0);
    }

    [Theory]
    [InlineData(StatusCode.Unimplemented, 501)]
    [InlineData(StatusCode.InvalidArgument, 400)]
    [InlineData(StatusCode.PermissionDenied, 403)]
    [InlineData(StatusCode.FailedPrecondition, 412)]
    public async Task What_the_site_refuses_leaves_no_trace(StatusCode code, int status)
    {
        var (account, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        var before = (await account.Client.Get(path)).Is(200);
        foreach (var rpc in new[] { "SetMaintenance", "UpdateMachineMetadata", "RemoveMachineInstanceTypeAssociation" })
        {
            site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = rpc, Code = code });
        }

        (await account.Client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Fails(status);
        (await account.Client.Patch(path, new { labels = new { a = "b" } })).Fails(status);
        var after = (await account.Client.Get(path)).Is(200);
        foreach (var member in new[] { "status", "labels", "maintenanceMessage", "statusHistory", "isUsableByTenant" })
        {
            Assert.Equal(before[member]?.ToJsonString(), after[member]?.ToJsonString());
        }
    }

    [Fact]
    public async Task A_lost_answer_is_found_out()
    {
        var (account, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        foreach (var rpc in new[] { "SetMaintenance", "UpdateMachineMetadata" })
        {
            site.Simulated.Faults.Add(new Fault { Kind = FaultKind.LostAnswer, Rpc = rpc, Count = 1 });
        }

        Assert.Equal("Maintenance", (await account.Client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Is(200)["status"].Text());
        Assert.Equal("b", (await account.Client.Patch(path, new { labels = new { a = "b" } })).Is(200)["labels"]!["a"].Text());
        Assert.Equal(1, site.Simulated.AcceptedCalls["SetMaintenance"]);
        Assert.Equal(1, site.Simulated.AcceptedCalls["UpdateMachineMetadata"]);
    }

    [Fact]
    public async Task An_instance_type_is_cleared_at_the_site()
    {
        var (account, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        var type = Guid.NewGuid().ToString();
        site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = "machine", Target = machine, InstanceType = type });
        await account.Client.Eventually(path, m => m["instanceTypeId"]?.GetValue<string>() == type);
        var refusal = site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = "RemoveMachineInstanceTypeAssociation", Code = StatusCode.FailedPrecondition });
        (await account.Client.Patch(path, new { clearInstanceType = true })).Fails(412);
        Assert.Equal(type, (await account.Client.Get(path)).Is(200)["instanceTypeId"].Text());
        site.Simulated.Faults.Remove(refusal.Id);
        Assert.Null((await account.Client.Patch(path, new { clearInstanceType = true })).Is(200)["instanceTypeId"]);
        Assert.False(site.Simulated.Machine(machine)!.HasInstanceTypeId);
    }

    private async Task<(ServiceAccount Account, TestSite Site, string Machine)> Arrange()
    {
        var account = await host.ServiceAccount();
        var name = "site-" + Guid.NewGuid().ToString("N")[..8];
        var site = await host.Site(account.Org, new SimulatorOptions
        {
            SiteName = name,
            Layout = "r750=2",
            Speed = double.PositiveInfinity,
            Blemishes = false,
            Churn = 0,
        });
        await account.Client.Eventually("machine", list => list.AsArray().Count == 2 && list.AsArray().All(m => m!["status"].Text() == "Ready"));
        return (account, site, site.Simulated.MachineIds[0]);
    }
}
