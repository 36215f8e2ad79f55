using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>The database is restored from a dump while its site goes on, which has what was made since, and not what was deleted since.</summary>
public sealed class RestoreTests(TestHost tests) : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new() { ["SiteLink:Look"] = "00:00:00.200", ["Logging:LogLevel:Default"] = "None" };
    private string _database = "";
    private string _dump = "";
    private RunningHost _host = null!;
    private InstanceWorld _world = null!;
    private ApiClient _client = null!;

    private SimulatedSite Site => _world.Simulated;

    public async ValueTask InitializeAsync()
    {
        _database = await tests.NewDatabase();
        _host = await TestHost.StartHost(_database, _settings, tests.Issuer);
        _world = await InstanceWorld.Make(_host, "dgx-h100=8");
        _client = _world.Client;
        (await _client.Patch($"site/{_world.Site.Id}", new { capabilities = new { nativeNetworking = true, imageBasedOperatingSystem = true } })).Is(200);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task What_the_site_has_beyond_the_dump_is_adopted_or_removed_and_no_difference_is_left()
    {
        var doomed = await Make("doomed");
        var kept = await Make("kept");
        var full = (await _client.Get($"ipblock/{_world.Block}?includeUsageStats=true")).Is(200)["usageStats"]!["acquiredPrefixes"].Number();
        await Dump();

        var adopted = await Make("adopted");
        var removed = await Make("removed");
        var typed = (await _client.Post("instance/type", new { name = "typed", siteId = _world.Site.Id })).Is(201)["id"].Text();
        await Delete(doomed);
        await Restore();

        using var operators = new Operators(_host, _world.Site.Id);
        await operators.Sees([.. adopted.AtSite, .. removed.AtSite]);
        await _client.Eventually($"instance/type/{typed}", type => type["status"].Text() == "Ready");
        Assert.Equal(full, (await _client.Get($"ipblock/{_world.Block}?includeUsageStats=true")).Is(200)["usageStats"]!["acquiredPrefixes"].Number());

        // What is new gets none of what the site has, and no machine that carries an instance.
        var fresh = await Make("fresh");
        await _client.Eventually($"machine/{adopted.Machine}", machine => !machine["isUsableByTenant"].Flag());
        (await _client.Post("instance", Order(kept.Prefix, kept.Vpc, adopted.Machine, "on it"))).Fails(400, "machineId");

        var (listed, list) = await operators.Verb("list");
        Assert.Equal(0, listed);
        Assert.All(adopted.AtSite, one => Assert.Contains($"{one.Kind} {one.Id}", list, StringComparison.Ordinal));

        // Removed in whatever order: what is needed by something that is on its way out waits for it.
        var (began, said) = await operators.Verb("remove", "instance", removed.Instance);
        Assert.True(began == 0 && said.Contains("BeingRemoved", StringComparison.Ordinal), said);
        await Wait.Until(() => Site.Instance(removed.Instance) is null);
        foreach (var (kind, id) in removed.AtSite.Reverse().Where(one => one.Kind != "instance"))
        {
            var (status, body) = await operators.Remove(kind, id);
            Assert.True(status == 200, body.ToString());
        }

        await Wait.Until(async () => await operators.Drift() is var drift && !removed.AtSite.Any(drift.ContainsKey));

        var (ended, progress) = await operators.Verb("adopt", "--all");
        Assert.True(ended == 0, progress);
        Assert.All(adopted.AtSite, one => Assert.Contains($"{one.Kind} {one.Id}: Adopted", progress, StringComparison.Ordinal));
        Assert.Contains($"{adopted.AtSite.Length} adopted, 0 known already, 0 left", progress, StringComparison.Ordinal);
        await operators.Adopts("instance", adopted.Instance, "AlreadyKnown");

        // What the site has no more is deleted as ever.
        await _client.Eventually($"instance/{doomed.Instance}", instance => instance["status"].Text() == "Error");
        await Delete(doomed);
        await Wait.Until(async () => await operators.Differences() == 0);
        await Ready(kept, adopted, fresh);

        // The tenant has them back: with their names, networks and machines.
        var instance = (await _client.Get($"instance/{adopted.Instance}")).Is(200);
        Assert.Equal(("adopted instance", adopted.Machine, adopted.Vpc), (instance["name"].Text(), instance["machineId"].Text(), instance["vpcId"].Text()));
        Assert.Equal(adopted.Prefix, Assert.Single(instance["interfaces"]!.AsArray())!["vpcPrefixId"].Text());
        Assert.NotEmpty(instance["interfaces"]![0]!["ipAddresses"]!.AsArray());
        Assert.Equal("Adopted by the operator", instance["statusHistory"]!.AsArray()[^1]!["message"].Text());
        Assert.Equal(adopted.Instance, (await _client.Get($"machine/{adopted.Machine}")).Is(200)["instanceId"].Text());
        (await _client.Patch($"instance/{adopted.Instance}", new { name = "renamed" })).Is(200);
        await Wait.Until(() => Site.Instance(adopted.Instance)!.Metadata.Name == "renamed");
        Assert.Equal("#!ipxe\nboot", Site.Instance(adopted.Instance)!.Config.Os.Ipxe.IpxeScript);
        var entries = (await _client.Get("audit?pageSize=100")).Items();
        Assert.Contains(entries, entry => entry!["endpoint"].Text() == $"/ops/drift/{_world.Site.Id}/instance/{adopted.Instance}/adopt");
        await Delete(adopted);
        Assert.Null(Site.Vpc(adopted.Vpc));
        await _client.Eventually($"machine/{adopted.Machine}", machine => machine["status"].Text() == "Ready" && machine["isUsableByTenant"].Flag());
        await Delete(fresh);
        await Wait.Until(async () => await operators.Differences() == 0);
    }

    /// <summary>A routed VPC with a prefix, a switched one with a subnet, an image, and an instance on the prefix.</summary>
    private async Task<Made> Make(string name)
    {
        var site = _world.Site.Id;
        var vpc = await Id("vpc", new { name = $"{name} routed", siteId = site, networkVirtualizationType = "FNN" });
        var prefix = await Id("vpc-prefix", new { name = $"{name} prefix", vpcId = vpc, ipBlockId = _world.Block, prefixLength = 24 });
        var switched = await Id("vpc", new { name = $"{name} switched", siteId = site, networkVirtualizationType = "ETHERNET_VIRTUALIZER" });
        var subnet = await Id("subnet", new { name = $"{name} subnet", vpcId = switched, ipv4BlockId = _world.Block, prefixLength = 24 });
        var image = await Id(
            "operating-system",
            new { name = $"{name} image", siteIds = new[] { site }, imageUrl = "https://images.example/os.img", imageSha = "00ff", rootFsLabel = "root" });
        var machine = _world.Machine();
        var instance = (await _client.Post("instance", Order(prefix, vpc, machine, $"{name} instance"))).Is(201)["id"].Text();
        var made = new Made(vpc, prefix, switched, subnet, image, instance, machine);
        await Ready(made);
        return made;
    }

    private JsonObject Order(string prefix, string vpc, string machine, string name)
    {
        var order = _world.Order(machine, name);
        order["vpcId"] = vpc;
        order["interfaces"] = new JsonArray(_world.OnPrefix(Guid.Parse(prefix)));
        return order;
    }

    private async Task<string> Id(string path, object body) => (await _client.Post(path, body)).Is(201)["id"].Text();

    private async Task Ready(params Made[] all)
    {
        foreach (var path in all.SelectMany(made => made.Paths))
        {
            await _client.Eventually(path, resource => resource["status"].Text() == "Ready");
        }

        foreach (var made in all)
        {
            await _world.Ready(Guid.Parse(made.Instance), _client);
        }
    }

    private async Task Delete(Made made)
    {
        foreach (var path in made.Paths.Reverse())
        {
            Assert.InRange((await _client.Delete(path)).Status, 202, 204);
            await _client.Gone(path);
        }
    }

    private async Task Dump()
    {
        await _host.DisposeAsync();
        _dump = await tests.CopyOf(_database);
        await Run(_database);
    }

    private async Task Restore()
    {
        await _host.DisposeAsync();
        await Run(_dump);
    }

    private async Task Run(string database)
    {
        _host = await TestHost.StartHost(database, _settings, tests.Issuer);
        _client = _host.AsServiceAccount(_world.Client.Org);
        await _client.Eventually($"site/{_world.Site.Id}", site => site["status"].Text() == "Registered");
    }

    private sealed record Made(string Vpc, string Prefix, string Switched, string Subnet, string Image, string Instance, string Machine)
    {
        /// <summary>In the order in which they are made.</summary>
        public string[] Paths =>
            [$"vpc/{Vpc}", $"vpc-prefix/{Prefix}", $"vpc/{Switched}", $"subnet/{Subnet}", $"operating-system/{Image}", $"instance/{Instance}"];

        public (string Kind, string Id)[] AtSite =>
            [("os-image", Image), ("vpc", Vpc), ("vpc", Switched), ("vpc-prefix", Prefix), ("subnet", Subnet), ("instance", Instance)];
    }
}
