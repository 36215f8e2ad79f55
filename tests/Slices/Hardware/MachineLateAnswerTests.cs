using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Orders about machines of a site that answers later than the request waits.</summary>
public sealed class MachineLateAnswerTests(ImpatientHost host) : IClassFixture<ImpatientHost>
{
    private const string Reason = "Fan tray 2 is being replaced";

    [Fact]
    public async Task What_is_ordered_stands_and_is_carried_once_the_site_is_back()
    {
        var (client, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        var down = site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = "SetMaintenance", Code = StatusCode.Unavailable });
        var slow = site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = "UpdateMachineMetadata", Code = StatusCode.Unavailable });
        Assert.Equal("Maintenance", (await client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Is(200)["status"].Text());
        Assert.Equal("b", (await client.Patch(path, new { labels = new { a = "b" } })).Is(200)["labels"]!["a"].Text());

        // The site's reports go on, and say otherwise.
        var rounds = site.Simulated.ReceivedCalls["FindMachineIds"];
        await Wait.Until(() => site.Simulated.ReceivedCalls["FindMachineIds"] > rounds + 2);
        var waiting = (await client.Get(path)).Is(200);
        Assert.Equal(("Maintenance", Reason), (waiting["status"].Text(), waiting["maintenanceMessage"].Text()));
        Assert.Equal("b", waiting["labels"]!["a"].Text());

        site.Simulated.Faults.Remove(down.Id);
        site.Simulated.Faults.Remove(slow.Id);
        await Wait.Until(() => site.Simulated.Machine(machine) is { MaintenanceReference: Reason, Metadata.Labels.Count: 1 });
        await client.Eventually(path, m => m["status"].Text() == "Maintenance" && m["health"]!["alerts"]!.AsArray().Count > 0);
        Assert.Equal(["Maintenance", "Ready"], (await client.Get(path + "/status-history")).Items().Select(entry => entry!["status"].Text()).Take(2));
    }

    [Fact]
    public async Task A_late_refusal_is_undone_and_told_in_the_history()
    {
        var (client, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        Fault[] away =
        [
            .. new[] { "SetMaintenance", "UpdateMachineMetadata" }
                .Select(rpc => site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = rpc, Code = StatusCode.Unavailable })),
        ];
        (await client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason })).Is(200);
        (await client.Patch(path, new { labels = new { a = "b" } })).Is(200);
        foreach (var rpc in new[] { "SetMaintenance", "UpdateMachineMetadata" })
        {
            site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = rpc, Code = StatusCode.PermissionDenied, Message = "not today" });
        }

        Array.ForEach(away, fault => site.Simulated.Faults.Remove(fault.Id));
        var back = await client.Eventually(path, m => m["status"].Text() == "Ready" && m["labels"]!.AsObject().Count == 0);
        Assert.Null(back["maintenanceMessage"]);
        await client.Eventually(path, m => m["isUsableByTenant"].Flag());
        var messages = (await client.Get(path + "/status-history")).Items().Select(entry => entry!["message"].Text()).ToList();
        Assert.Contains(messages, message => message.StartsWith("The site refused maintenance: ", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.StartsWith("The site refused the machine's labels: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operator_has_refused_maintenance_tried_again_while_the_machine_is_what_it_was()
    {
        var (client, site, machine) = await Arrange();
        await using var _ = site;
        var path = $"machine/{machine}";
        await RefusedLate("SetMaintenance", site, () => client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = Reason }));
        await client.Eventually(path, m => m["status"].Text() == "Ready");
        (await client.Patch(path, new { setMaintenanceMode = true, maintenanceMessage = "Something else" })).Is(200);
        Assert.Equal(409, await Retry(machine));
        (await client.Patch(path, new { setMaintenanceMode = false })).Is(200);
        await client.Eventually(path, m => m["status"].Text() == "Ready");
        Assert.Equal(200, await Retry(machine));
        await client.Eventually(path, m => m["status"].Text() == "Maintenance" && m["maintenanceMessage"].Text() == Reason);
        await Wait.Until(() => site.Simulated.Machine(machine) is { MaintenanceReference: Reason });
    }

    [Fact]
    public async Task An_operator_has_a_refused_repair_tried_again()
    {
        await using var world = await InstanceWorld.Make(host.Host, "dgx-h100=1", routedOnly: true);
        var instance = await world.CreateReady();
        var (machine, path) = (instance["machineId"].Text(), $"machine/{instance["machineId"].Text()}");
        await RefusedLate("InsertHealthReportOverride", world.Site, () => world.Client.Patch(path, Repairs.Order(allowsDeletion: false)));
        Assert.Equal("Ready", (await world.Client.Eventually($"instance/{instance["id"]}", i => i["status"].Text() == "Ready"))["status"].Text());
        Assert.Equal(200, await Retry(machine));
        var repairing = await world.Get(instance["id"].Id());
        Assert.Equal("Repairing", repairing["status"].Text());
        Assert.Equal("false", repairing["labels"]!["onlineRepair.allowAutoInstanceDeletionOnFailure"].Text());
        await Wait.Until(() => world.Simulated.Machine(machine)!.Health.Alerts.Any(alert => alert.Id == "OnLineRepair"));

        await RefusedLate("RemoveHealthReportOverride", world.Site, () => world.Client.Patch(path, Repairs.End()));
        await world.Client.Eventually($"instance/{instance["id"]}", i => i["status"].Text() == "Repairing");
        Assert.Equal(200, await Retry(machine));
        Assert.Equal("Ready", (await world.Get(instance["id"].Id()))["status"].Text());
        await Wait.Until(() => world.Simulated.Machine(machine)!.Health.Alerts.All(alert => alert.Id != "OnLineRepair"));
    }

    /// <summary>An order that its site refuses once nobody waits for it any more.</summary>
    private static async Task RefusedLate(string rpc, TestSite site, Func<Task<Answer>> order)
    {
        var away = site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = rpc, Code = StatusCode.Unavailable });
        (await order()).Is(200);
        var refused = site.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = rpc, Code = StatusCode.PermissionDenied, Message = "not today" });
        var calls = site.Simulated.ReceivedCalls.GetValueOrDefault(rpc);
        site.Simulated.Faults.Remove(away.Id);
        await Wait.Until(() => site.Simulated.ReceivedCalls.GetValueOrDefault(rpc) > calls);
        site.Simulated.Faults.Remove(refused.Id);
    }

    /// <summary>Has an operator try the dead command about the machine again; the status.</summary>
    private async Task<int> Retry(string machine)
    {
        using var http = new HttpClient { BaseAddress = host.Host.OperatorAddress };
        JsonNode? dead = null;
        await Wait.Until(async () => (dead = JsonNode.Parse(await http.GetStringAsync("/ops/site-commands?state=Dead"))!.AsArray()
            .FirstOrDefault(command => command!["resourceId"].Text() == machine)) is not null);
        using var answer = await http.PostAsync($"/ops/site-commands/{dead!["id"]}/retry", null, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private async Task<(ApiClient Client, TestSite Site, string Machine)> Arrange()
    {
        var client = host.Host.AsServiceAccount(TestHost.NewOrg());
        (await client.Get("service-account/current")).Is(200);
        var site = await TestSite.Start(host.Host, client.Org, new SimulatorOptions
        {
            SiteName = "site-" + Guid.NewGuid().ToString("N")[..8],
            Layout = "r750=1",
            Speed = double.PositiveInfinity,
            Blemishes = false,
            Churn = 0,
        });
        await client.Eventually("machine", list => list.AsArray().Count == 1 && list.AsArray()[0]!["status"].Text() == "Ready");
        return (client, site, site.Simulated.MachineIds[0]);
    }
}
