using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.Host.Database;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Edge;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>
/// The real program, killed with -9 while it makes, restarts and releases instances, and started again: what callers were told, what
/// the database holds and what the site holds must agree in the end.
/// </summary>
public sealed class InstanceCrashTests(TestHost host)
{
    private const int Rounds = 8;
    private const int Hosts = 6;
    private static readonly Random _random = new(20);

    [Fact]
    public async Task Killed_at_any_moment_it_goes_on_where_it_was()
    {
        var connectionString = await host.NewDatabase();
        await Migrations.Apply(connectionString, NullLogger.Instance, TestContext.Current.CancellationToken);
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var keys = await IssuerServer.Start();
        using var key = TestKey.Make("RS256");
        keys.Publish("crash", key.Jwk());
        var issuer = new TestIssuer("crash", key);
        var org = TestHost.NewOrg();
        await using var site = await SimulatedSite.Start(
            new SimulatorOptions { SiteName = "crash", Layout = $"dgx-h100={Hosts}", Speed = 2000, Blemishes = false, Churn = 0 },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken);
        await using var nico = new Replica(connectionString, issuer, keys.Jwks("crash"), org, "crash", site.Core);
        await nico.Start();
        var (vpc, prefix, system) = await Arrange(nico);
        List<(Guid Id, string Machine)> alive = [];
        for (var round = 0; round < Rounds; round++)
        {
            // A machine that was released is cleaned first.
            await Wait.Until(async () => (await nico.List("machine?status=Ready")).Count == Hosts - alive.Count);

            // Three orders are on their way when the process dies: one makes, one restarts, one releases.
            var machine = site.MachineIds.First(id => alive.All(instance => instance.Machine != id));
            var name = $"crash-{round}";
            var order = new JsonObject
            {
                ["name"] = name,
                ["machineId"] = machine,
                ["vpcId"] = vpc,
                ["operatingSystemId"] = system,
                ["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = prefix }, new JsonObject { ["vpcPrefixId"] = prefix }),
            };
            var (released, rebooted) = (alive.Count > 1 ? alive[0].Id : (Guid?)null, alive.Count > 0 ? alive[^1].Id : (Guid?)null);
            var (made0, reboots) = (Accepted("AllocateInstance"), Accepted("InvokeInstancePower"));
            var ordered = await Restarts(database, rebooted);

            // Every second time the site does what it is told and its answer never comes: that is when the process dies.
            var isDeaf = round % 2 == 1;
            foreach (var rpc in isDeaf ? ["AllocateInstance", "InvokeInstancePower", "ReleaseInstance"] : Array.Empty<string>())
            {
                site.Faults.Add(new Fault { Kind = FaultKind.LostAnswer, Rpc = rpc, Delay = TimeSpan.FromSeconds(5) });
            }

            var making = nico.Try(HttpMethod.Post, "instance", order);
            var restarting = rebooted is { } up ? nico.Try(HttpMethod.Patch, $"instance/{up}", new JsonObject { ["triggerReboot"] = true }) : null;
            var releasing = released is { } down ? nico.Try(HttpMethod.Delete, $"instance/{down}", null) : null;
            if (isDeaf)
            {
                await Wait.Until(() => Accepted("AllocateInstance") > made0
                    && (rebooted is null || Accepted("InvokeInstancePower") > reboots));
            }
            else
            {
                await Task.Delay(_random.Next(0, 200), TestContext.Current.CancellationToken);
            }

            nico.Kill();
            site.Faults.Clear();
            var (made, restarted, gone) = (await making, restarting is null ? null : await restarting, releasing is null ? null : await releasing);
            await nico.Start();
            await Quiet(database);

            // Told 201: it is there. Told nothing: it is there whole, or not at all.
            var instances = await nico.List("instance?pageSize=100");
            var row = instances.SingleOrDefault(instance => instance["name"].Text() == name);
            Assert.True(made is null or 201, $"the creation was answered {made}");
            Assert.True(made is null || row is not null, "an instance was answered 201 and is not there");
            Assert.Equal(made0 + (row is null ? 0 : 1), Accepted("AllocateInstance"));
            if (isDeaf)
            {
                Assert.Null(made);
                Assert.NotNull(row);
            }

            if (row is not null)
            {
                alive.Add((row["id"].Id(), machine));
            }

            if (gone is not null)
            {
                Assert.Equal(202, gone);
            }

            // What was written down is done, and done once.
            Assert.Equal(await Restarts(database, rebooted) - ordered, Accepted("InvokeInstancePower") - reboots);
            if (restarted is not null)
            {
                Assert.Equal((200, reboots + 1), (restarted.Value, Accepted("InvokeInstancePower")));
            }

            if (released is { } id && (gone == 202 || instances.All(instance => instance["id"].Id() != id || instance["status"].Text() == "Terminating")))
            {
                await Wait.Until(async () => (await nico.List("instance?pageSize=100")).All(instance => instance["id"].Id() != id));
                alive.RemoveAll(instance => instance.Id == id);
            }

            await Agree(nico, database, site, alive);
        }

        foreach (var (id, _) in alive)
        {
            Assert.Equal(202, await nico.Try(HttpMethod.Delete, $"instance/{id}", null));
        }

        await Wait.Until(async () => (await nico.List("instance")).Count == 0);
        await Wait.Until(async () => (await nico.List("machine?status=Ready")).Count == Hosts);
        await Agree(nico, database, site, []);
        Assert.Equal(Hosts, site.FreeMachineIds.Count);
        Assert.Equal(128u, Assert.Single(site.VpcPrefixes).Status.Available31Segments);
        Assert.Equal(0, await Count(database, "select count(*)::int from sitelink.command where state = 'Dead'"));

        int Accepted(string rpc) => site.AcceptedCalls.GetValueOrDefault(rpc);
    }

    /// <summary>How many restarts of the instance were ordered.</summary>
    private static async Task<int> Restarts(NpgsqlDataSource database, Guid? instance) =>
        await Count(database, $"select count(*)::int from compute.status_history where resource_id = '{instance}' and status = 'Rebooting'");

    /// <summary>Nico and the site have the same instances on the same machines, all of them run, and nobody holds anything else.</summary>
    private static async Task Agree(Replica nico, NpgsqlDataSource database, SimulatedSite site, List<(Guid Id, string Machine)> alive)
    {
        await Wait.Until(async () => (await nico.List("instance?pageSize=100")).All(instance =>
            instance["status"].Text() == "Ready" && instance["interfaces"]!.AsArray().All(i => i!["status"].Text() == "Ready")));
        var instances = await nico.List("instance?pageSize=100");
        Assert.Equal(alive.Select(instance => (instance.Id, instance.Machine)).Order(), instances.Select(i => (i["id"].Id(), i["machineId"].Text())).Order());
        Assert.Equal(alive.Select(instance => (instance.Id.ToString(), instance.Machine)).Order(), site.Instances.Select(i => (i.Id.Value, i.MachineId.Id)).Order());
        Assert.Equal(
            site.Instances.SelectMany(i => i.Status.Network.Interfaces.SelectMany(port => port.Addresses)).Order(),
            instances.SelectMany(i => i["interfaces"]!.AsArray().SelectMany(port => port!["ipAddresses"]!.AsArray().Select(a => a.Text()))).Order());
        Assert.Equal(128u - (2 * (uint)alive.Count), Assert.Single(site.VpcPrefixes).Status.Available31Segments);
        Assert.Equal(alive.Count, await Count(database, "select count(*)::int from hardware.machine where instance_id is not null"));
        Assert.Equal(2 * alive.Count, await Count(database, "select count(*)::int from compute.interface"));
    }

    private static async Task<(Guid Vpc, Guid Prefix, Guid System)> Arrange(Replica nico)
    {
        var tenant = (await nico.Get("service-account/current"))["tenantId"].Id();
        await Wait.Until(async () => (await nico.List("site")) is [var only] && only["status"].Text() == "Registered");
        var siteId = (await nico.List("site"))[0]["id"].Id();
        var block = await nico.Make("ipblock", new JsonObject
        {
            ["name"] = "block",
            ["siteId"] = siteId,
            ["routingType"] = "DatacenterOnly",
            ["prefix"] = "10.40.0.0",
            ["prefixLength"] = 16,
            ["protocolVersion"] = "IPv4",
        });
        var allocation = await nico.Make("allocation", new JsonObject
        {
            ["name"] = "all",
            ["tenantId"] = tenant,
            ["siteId"] = siteId,
            ["allocationConstraints"] = new JsonArray(new JsonObject
            {
                ["resourceType"] = "IPBlock",
                ["resourceTypeId"] = block["id"].Id(),
                ["constraintType"] = "Reserved",
                ["constraintValue"] = 16,
            }),
        });
        var vpc = (await nico.Make("vpc", new JsonObject { ["name"] = "vpc", ["siteId"] = siteId, ["networkVirtualizationType"] = "FNN" }))["id"].Id();
        var prefix = (await nico.Make("vpc-prefix", new JsonObject
        {
            ["name"] = "prefix",
            ["vpcId"] = vpc,
            ["ipBlockId"] = allocation["allocationConstraints"]![0]!["derivedResourceId"].Id(),
            ["prefixLength"] = 24,
        }))["id"].Id();
        var system = (await nico.Make("operating-system", new JsonObject { ["name"] = "os", ["ipxeScript"] = "#!ipxe" }))["id"].Id();
        await Wait.Until(async () => (await nico.List("machine?status=Ready")).Count == Hosts);
        return (vpc, prefix, system);
    }

    private static Task Quiet(NpgsqlDataSource database) => Wait.Until(
        async () => await Count(database, "select count(*)::int from sitelink.command where state in ('Pending', 'Sending')") == 0);

    private static async Task<int> Count(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QuerySingleAsync<int>(sql);
    }
}
