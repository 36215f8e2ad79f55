using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Repairs of machines that keep their instances: spec/41-machine.md, sections 6.7 and 15.3.</summary>
public sealed class OnlineRepairTests(TestHost host) : IAsyncLifetime
{
    private const string Label = "onlineRepair.allowAutoInstanceDeletionOnFailure";

    private InstanceWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await InstanceWorld.Make(host.Host, "dgx-h100=2", routedOnly: true);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_repair_begins_lasts_and_ends()
    {
        var instance = await _world.CreateReady(order => order["labels"] = new System.Text.Json.Nodes.JsonObject { ["team"] = "research" });
        var machine = instance["machineId"].Text();
        var id = instance["id"].Id();
        (await _world.Client.Patch($"machine/{machine}", Repairs.Order(allowsDeletion: false))).Is(200);
        var repairing = await _world.Get(id);
        Assert.Equal("Repairing", repairing["status"].Text());
        Assert.Equal(["false", "research"], repairing["labels"]!.AsObject().Select(label => label.Value.Text()).Order());
        Assert.Equal("false", repairing["labels"]![Label].Text());
        var alert = Assert.Single(_world.Simulated.Machine(machine)!.Health.Alerts, alert => alert.Id == "OnLineRepair");
        Assert.Equal("tenant-reported", alert.Target);
        Assert.Equal("TenantReportedIssue: nvme3n1 is slow", alert.TenantMessage);
        Assert.Equal("""{"details":"10 MB/s","issue_category":"STORAGE","summary":"nvme3n1 is slow"}""", alert.Message);
        Assert.Equal(["PreventAllocations", "PreventInstanceDeletion", "SuppressExternalAlerting"], alert.Classifications);

        // The site goes on calling the instance Ready: several rounds change nothing.
        await _world.Client.Eventually($"machine/{machine}", m => m["health"]!["alerts"]!.AsArray().Any(a => a!["id"].Text() == "OnLineRepair"));
        var rounds = _world.Received("FindInstanceIds");
        await Wait.Until(() => _world.Received("FindInstanceIds") > rounds + 2);
        Assert.Equal("Repairing", (await _world.Get(id))["status"].Text());
        (await _world.Client.Patch($"machine/{machine}", Repairs.Order())).Fails(400, "onlineRepair");

        (await _world.Client.Patch($"machine/{machine}", Repairs.End())).Is(200);
        var ended = await _world.Get(id);
        Assert.Equal("Ready", ended["status"].Text());
        Assert.Equal("research", Assert.Single(ended["labels"]!.AsObject()).Value.Text());
        Assert.DoesNotContain(_world.Simulated.Machine(machine)!.Health.Alerts, alert => alert.Id == "OnLineRepair");
        Assert.Equal(["Ready", "Repairing"], (await _world.History(id)).Select(entry => entry.Status).Take(2));
        await _world.Client.Eventually($"machine/{machine}", m => m["health"]!["alerts"]!.AsArray().All(a => a!["id"].Text() != "OnLineRepair"));
        (await _world.Client.Patch($"machine/{machine}", Repairs.End())).Fails(400, "onlineRepair");

        // The label alone is enough to end a repair.
        await _world.Sql($$"""update compute.instance set labels = '{"{{Label}}": "true"}' where id = @id""", new { id });
        (await _world.Client.Patch($"machine/{machine}", Repairs.End())).Is(200);
        Assert.Empty((await _world.Get(id))["labels"]!.AsObject());
    }

    [Fact]
    public async Task A_refused_repair_leaves_no_trace()
    {
        var instance = await _world.CreateReady();
        var machine = instance["machineId"].Text();
        var id = instance["id"].Id();
        var history = await _world.History(id);
        var refusal = _world.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = "InsertHealthReportOverride", Code = StatusCode.Unimplemented });
        (await _world.Client.Patch($"machine/{machine}", Repairs.Order())).Fails(501);
        var after = await _world.Get(id);
        Assert.Equal("Ready", after["status"].Text());
        Assert.False(after["labels"] is System.Text.Json.Nodes.JsonObject labels && labels.ContainsKey(Label));
        Assert.Equal(history, await _world.History(id));
        _world.Simulated.Faults.Remove(refusal.Id);
        (await _world.Client.Patch($"machine/{machine}", Repairs.Order())).Is(200);
        _world.Simulated.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = "RemoveHealthReportOverride", Code = StatusCode.PermissionDenied });
        (await _world.Client.Patch($"machine/{machine}", Repairs.End())).Fails(403);
        var still = await _world.Get(id);
        Assert.Equal("Repairing", still["status"].Text());
        Assert.Equal("true", still["labels"]![Label].Text());
    }

    /// <summary>With the instance nobody is left who could end the repair: the machine would be kept from all others.</summary>
    [Fact]
    public async Task The_repair_ends_with_the_instance()
    {
        var instance = await _world.CreateReady();
        var machine = instance["machineId"].Text();
        (await _world.Client.Patch($"machine/{machine}", Repairs.Order())).Is(200);
        Assert.Contains(_world.Simulated.Machine(machine)!.Health.Alerts, alert => alert.Id == "OnLineRepair");
        await _world.Remove(instance);
        Assert.DoesNotContain(_world.Simulated.Machine(machine)!.Health.Alerts, alert => alert.Id == "OnLineRepair");

        // Of an instance without a repair the site hears nothing of the kind.
        var asked = _world.Received("RemoveHealthReportOverride");
        await _world.Remove(await _world.CreateReady());
        Assert.Equal(asked, _world.Received("RemoveHealthReportOverride"));
    }

    [Fact]
    public async Task Only_a_ready_instance_can_be_repaired_around()
    {
        var instance = await _world.CreateReady();
        await _world.Sql("update compute.instance set status = 'Error' where id = @id", new { id = instance["id"].Id() });
        (await _world.Client.Patch($"machine/{instance["machineId"].Text()}", Repairs.Order())).Fails(400, "onlineRepair");
    }
}
