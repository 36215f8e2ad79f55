using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Orders at the same time: each has a winner, and the others hear why not.</summary>
public sealed class InstanceConcurrencyTests(TestHost host) : IAsyncLifetime
{
    private InstanceWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await InstanceWorld.Make(host.Host, "dgx-h100=12", routedOnly: true);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Of_fifty_that_want_one_machine_one_gets_it()
    {
        var machine = _world.Machine();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _world.Client.Post("instance", _world.Order(machine))));
        var won = Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Except([won]), answer => answer.Fails(400, "machineId"));
        Assert.Equal(won.Json!["id"].Text(), Assert.Single(_world.Simulated.Instances).Id.Value);
        Assert.Equal(1, (await _world.Client.Get("instance")).Total);
        Assert.Equal(1, _world.Received("AllocateInstance"));
        await _world.Remove(won.Json!);
    }

    [Fact]
    public async Task Of_ten_that_want_one_name_one_gets_it()
    {
        var name = InstanceWorld.NewName();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _world.Client.Post("instance", _world.Order(name: name))));
        var won = Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Except([won]), answer => answer.ConflictsWith(won.Json!["id"]));
        Assert.Equal(1, _world.Received("AllocateInstance"));
        Assert.Equal(9, (await _world.Client.Get("machine?status=Ready&pageSize=100")).Total - 2);
    }

    [Theory]
    [InlineData("operating-system")]
    [InlineData("instance/type")]
    [InlineData("tenant/account")]
    public async Task Of_ten_that_make_one_thing_one_does(string path)
    {
        var provider = (await _world.Client.Get("service-account/current")).Is(200)["infrastructureProviderId"].Text();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _world.Client.Post(path, path switch
        {
            "operating-system" => new { name = "one", ipxeScript = "#!ipxe" },
            "instance/type" => new { name = "one", siteId = _world.Site.Id },
            _ => (object)new { infrastructureProviderId = provider, tenantOrg = _world.Client.Org + "-other" },
        })));
        var won = Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Except([won]), answer => Assert.True(answer.Status is 409 or 400, answer.ToString()));
    }

    [Fact]
    public async Task Of_those_that_want_to_be_renamed_alike_one_is_and_a_new_one_may_be_it()
    {
        var instances = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _world.CreateReady()));
        for (var round = 0; round < 5; round++)
        {
            var name = InstanceWorld.NewName();
            var machine = _world.Machine();
            var renames = instances.Select(instance => _world.Client.Patch($"instance/{instance["id"]}", new { name })).ToArray();
            var create = _world.Client.Post("instance", _world.Order(machine, name));
            var answers = await Task.WhenAll([.. renames, create]);
            var won = Assert.Single(answers, answer => answer.Status is 200 or 201);
            Assert.All(answers.Except([won]), answer => answer.ConflictsWith(won.Json!["id"]));
            Assert.Equal(won.Json!["id"].Id(), Assert.Single((await _world.Client.Get($"instance?name={name}")).Items())!["id"].Id());
            if (won.Status == 201)
            {
                await _world.Remove(won.Json!);
            }
            else
            {
                _world.GiveBack(machine);
            }
        }
    }

    [Fact]
    public async Task A_change_and_a_release_at_the_same_time_end_in_a_release()
    {
        for (var round = 0; round < 6; round++)
        {
            var instance = await _world.CreateReady();
            var path = $"instance/{instance["id"]}";
            var change = round % 2 == 0
                ? new JsonObject { ["description"] = "other" }
                : new JsonObject { ["interfaces"] = new JsonArray(_world.OnDpu(0), _world.OnDpu(1)) };
            var changing = _world.Client.Patch(path, change);
            var answers = await Task.WhenAll(changing, _world.Client.Delete(path), _world.Client.Patch(path, new { triggerReboot = true }));
            Assert.Contains(answers[0].Status, new[] { 200, 404, 409 });
            Assert.Equal(202, answers[1].Status);
            Assert.Contains(answers[2].Status, new[] { 200, 404, 409 });
            await _world.Client.Gone(path);
            await _world.Free(instance["machineId"].Text());
            _world.GiveBack(instance["machineId"].Text());
        }

        Assert.Empty(_world.Simulated.Instances);
        await _world.Quiet();
        Assert.Equal(0, await _world.Read<int>("select count(*)::int from sitelink.command where site_id = @id and state = 'Dead'", new { id = _world.Site.Id }));
    }

    [Fact]
    public async Task Many_changes_of_one_instance_end_with_the_newest_here_and_there()
    {
        var instance = await _world.CreateReady();
        var path = $"instance/{instance["id"]}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => _world.Client.Patch(path, new { description = $"change {i}", labels = new Dictionary<string, string> { ["i"] = $"{i}" } })));
        Assert.All(answers, answer => answer.Is(200));
        await _world.Quiet();
        var kept = await _world.Get(instance["id"].Id());
        var atSite = _world.Simulated.Instance(instance["id"].Text())!;
        Assert.Equal(kept["description"].Text(), atSite.Metadata.Description);
        Assert.Equal(kept["labels"]!["i"].Text(), Assert.Single(atSite.Metadata.Labels).Value);
        Assert.Equal($"change {kept["labels"]!["i"]}", kept["description"].Text());
    }

    [Theory]
    [InlineData("vpc-prefix")]
    [InlineData("subnet")]
    [InlineData("vpc")]
    public async Task A_network_goes_or_is_used_and_never_both(string kind)
    {
        for (var round = 0; round < 4; round++)
        {
            var isSubnet = kind == "subnet";
            var vpc = await _world.MakeVpc(isSubnet ? "ETHERNET_VIRTUALIZER" : "FNN");
            var network = isSubnet ? await _world.MakeSubnet(vpc) : await _world.MakePrefix(vpc);
            var order = _world.Order();
            (order["vpcId"], order["interfaces"]) = (vpc, new JsonArray(isSubnet ? _world.OnSubnet(network) : _world.OnPrefix(network)));
            var networkPath = isSubnet ? $"subnet/{network}" : $"vpc-prefix/{network}";
            var path = kind == "vpc" ? $"vpc/{vpc}" : networkPath;
            if (kind == "vpc")
            {
                // Only a VPC without networks can be deleted, so the order races with both deletions.
                await Task.WhenAll(_world.Client.Delete(networkPath), Task.Delay(round * 10, TestContext.Current.CancellationToken));
            }

            var creating = _world.Client.Post("instance", order);
            var deleting = _world.Client.Delete(path);
            var (created, deleted) = (await creating, await deleting);
            if (created.Status == 201)
            {
                deleted.Is(400);
                await _world.Ready(created.Json!["id"].Id());
                (await _world.Client.Get(path)).Is(200);
                await _world.Remove(created.Json!);
            }
            else
            {
                created.Is(400);
                Assert.Contains(deleted.Status, new[] { 202, 204, 400 });
                await _world.Free(order["machineId"].Text());
                Assert.DoesNotContain(_world.Simulated.Instances, instance => instance.MachineId.Id == order["machineId"].Text());
                _world.GiveBack(order["machineId"].Text());
            }
        }
    }

    [Fact]
    public async Task Machines_are_taken_and_given_back_by_many_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var round = 0; round < 3; round++)
            {
                var instance = await _world.Create();
                (await _world.Client.Delete($"instance/{instance["id"]}")).Is(202);
                await _world.Client.Gone($"instance/{instance["id"]}");
                await _world.Free(instance["machineId"].Text());
                _world.GiveBack(instance["machineId"].Text());
            }
        }));
        Assert.Empty(_world.Simulated.Instances);
        Assert.Equal(24, _world.Accepted("AllocateInstance"));
        Assert.Equal(12, (await _world.Client.Get("machine?status=Ready&pageSize=100")).Total);
        Assert.Equal(12, _world.Simulated.FreeMachineIds.Count);
    }
}
