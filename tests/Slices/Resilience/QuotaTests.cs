using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>
/// A quota of 40 on 60 machines under 200 orders at once, at three replicas: exactly 40 instances on 40 machines and 160 refusals,
/// whatever the site does meanwhile, and with a process killed in the middle.
/// </summary>
public sealed class QuotaTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Machines = 60;
    private const int Quota = 40;
    private const int Orders = 200;

    /// <summary>On a busy machine a site may be heard of late; that it is silent is no matter of this test.</summary>
    private static readonly Dictionary<string, string> _patient = new() { ["Hardware__SilenceLimit"] = "00:02:00" };

    private Fleet _fleet = null!;
    private JsonObject _order = null!;
    private string _type = "";

    public async ValueTask InitializeAsync()
    {
        _fleet = await Fleet.Make(
            new SimulatorOptions { SiteName = "fleet", Layout = $"dgx-h100={Machines}", Speed = double.PositiveInfinity, Blemishes = false, Churn = 0 }, durable: false);
        await _fleet.StartReplicas(3, _patient);
        await Arrange();
    }

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();

    [Fact]
    public async Task Two_hundred_orders_for_forty_machines_make_forty_instances()
    {
        await Storm("quiet", () => Task.CompletedTask);
        await Empty();

        // Nothing of this is a final refusal, which would rightly give quota back to those that were refused.
        _fleet.Site.Faults.Add(new Fault { Kind = FaultKind.Slow, Delay = TimeSpan.FromMilliseconds(300), Percent = 30 });
        _fleet.Site.Faults.Add(new Fault { Kind = FaultKind.LostAnswer, Rpc = "AllocateInstance", Percent = 30 });
        _fleet.Site.Faults.Add(new Fault { Kind = FaultKind.Duplicate, Rpc = "AllocateInstance", Percent = 30 });
        _fleet.Site.Faults.Add(Fault.Down(TimeSpan.FromMilliseconds(700)));
        await Storm("faults", () => Task.CompletedTask);
        await Empty();

        await Storm("kill", async () =>
        {
            await Wait.Until(async () => await _fleet.Read<int>("select count(*)::int from compute.instance") > Quota / 4);
            _fleet.Replicas[1].Kill();
            await _fleet.Replicas[1].Start();
        });
    }

    private async Task Storm(string round, Func<Task> strike)
    {
        var made = new ConcurrentDictionary<string, string>();
        var refused = 0;
        var orders = Enumerable.Range(0, Orders).Select(async i =>
        {
            var name = $"{round}-{i}";
            for (var turn = 0; ; turn++)
            {
                var order = (JsonObject)_order.DeepClone();
                order["name"] = name;
                var (status, json) = await _fleet.Replicas[(i + turn) % 3].Ask(HttpMethod.Post, "instance", order);
                switch (status)
                {
                    case 201:
                        made[name] = json!["machineId"].Text();
                        return;
                    case 409:
                        // The answer to an earlier try was lost with its process: the instance was made.
                        made[name] = "";
                        return;
                    case 403:
                        Interlocked.Increment(ref refused);
                        return;
                    case null or 503:
                        await Task.Delay(100, TestContext.Current.CancellationToken);
                        break;
                    default:
                        Assert.Fail($"{name} was answered {status}: {json?.ToJsonString()}");
                        return;
                }
            }
        }).ToArray();
        await Task.WhenAll([strike(), .. orders]);
        output.WriteLine($"{round}: {made.Count} made, {refused} refused");
        Assert.Equal((Quota, Orders - Quota), (made.Count, refused));
        _fleet.Site.Faults.Clear();
        await Wait.Until(async () => await _fleet.Read<int>("select count(*)::int from sitelink.command where state in ('Pending', 'Sending')") == 0);
        Assert.Equal(Quota, await _fleet.Read<int>("select count(*)::int from compute.instance where status <> 'Error'"));
        Assert.Equal(Quota, await _fleet.Read<int>("select count(distinct machine_id)::int from compute.instance where holds_machine"));
        Assert.Equal(Quota, await _fleet.Read<int>("select count(*)::int from hardware.machine where instance_id is not null"));
        var site = _fleet.Site.Instances;
        Assert.Equal((Quota, Quota), (site.Count, site.Select(instance => instance.MachineId.Id).Distinct().Count()));
        Assert.All(site, instance => Assert.Equal(_type, instance.InstanceTypeId));
    }

    /// <summary>Releases everything; the machines are free again.</summary>
    private async Task Empty()
    {
        await Task.WhenAll((await _fleet.Replicas[0].List("instance?pageSize=100")).Select(async instance =>
            Assert.Equal(202, await _fleet.Replicas[0].Try(HttpMethod.Delete, $"instance/{instance["id"]}", null))));
        await Wait.Until(async () => await _fleet.Read<int>("select count(*)::int from compute.instance") == 0
            && await _fleet.Read<int>("select count(*)::int from hardware.machine where status = 'Ready' and is_usable_by_tenant") == Machines, seconds: 60);
    }

    private async Task Arrange()
    {
        var nico = _fleet.Replicas[0];
        var tenant = (await nico.Get("service-account/current"))["tenantId"].Id();
        await Wait.Until(async () => (await nico.List("site")) is [var only] && only["status"].Text() == "Registered");
        var site = (await nico.List("site"))[0]["id"].Id();
        await Wait.Until(async () => (await nico.List("machine?status=Ready&pageSize=100")).Count == Machines);
        _type = (await nico.Make("instance/type", new JsonObject { ["name"] = "dgx", ["siteId"] = site }))["id"].Text();
        await nico.Make($"instance/type/{_type}/machine", new JsonObject { ["machineIds"] = new JsonArray([.. _fleet.Site.MachineIds.Select(id => (JsonNode)id)]) });
        await nico.Make("allocation", Allocation("machines", "InstanceType", _type, Quota));
        var block = await nico.Make("ipblock", new JsonObject
        {
            ["name"] = "all",
            ["siteId"] = site,
            ["routingType"] = "DatacenterOnly",
            ["prefix"] = "10.60.0.0",
            ["prefixLength"] = 16,
            ["protocolVersion"] = "IPv4",
        });
        var given = (await nico.Make("allocation", Allocation("addresses", "IPBlock", block["id"].Text(), 16)))["allocationConstraints"]![0]!["derivedResourceId"].Text();
        var vpc = (await nico.Make("vpc", new JsonObject { ["name"] = "vpc", ["siteId"] = site, ["networkVirtualizationType"] = "FNN" }))["id"].Text();
        await Wait.Until(async () => (await nico.Get($"vpc/{vpc}"))["status"].Text() == "Ready");
        var prefix = (await nico.Make("vpc-prefix", new JsonObject { ["name"] = "prefix", ["vpcId"] = vpc, ["ipBlockId"] = given, ["prefixLength"] = 22 }))["id"].Text();
        var system = (await nico.Make("operating-system", new JsonObject { ["name"] = "os", ["ipxeScript"] = "#!ipxe" }))["id"].Text();
        _order = new JsonObject
        {
            ["instanceTypeId"] = _type,
            ["vpcId"] = vpc,
            ["operatingSystemId"] = system,
            ["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = prefix }),
        };
        await Wait.Until(async () => await _fleet.Read<int>("select count(*)::int from sitelink.command where state in ('Pending', 'Sending')") == 0);

        JsonObject Allocation(string name, string kind, string resource, int value) => new()
        {
            ["name"] = name,
            ["tenantId"] = tenant,
            ["siteId"] = site,
            ["allocationConstraints"] = new JsonArray(new JsonObject
            {
                ["resourceType"] = kind,
                ["resourceTypeId"] = resource,
                ["constraintType"] = "Reserved",
                ["constraintValue"] = value,
            }),
        };
    }
}
