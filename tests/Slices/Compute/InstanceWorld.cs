using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dapper;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>
/// An org that is provider and tenant at once, with a simulated site and all that an instance needs there: a routed VPC with a VPC
/// prefix, a switched VPC with a subnet, and an operating system.
/// </summary>
internal sealed class InstanceWorld : IAsyncDisposable
{
    /// <summary>The model of the DPUs of every host that has some, as a device of an interface.</summary>
    public const string Dpu = "MT43244 BlueField-3 integrated ConnectX-7 network controller";

    private static int _names;

    private readonly ConcurrentQueue<string> _machines = new();
    private readonly ConcurrentQueue<string> _plainMachines = new();
    private int _blocks;

    private InstanceWorld(RunningHost host, ApiClient client, Guid tenantId, TestSite site)
    {
        Host = host;
        Client = client;
        TenantId = tenantId;
        Site = site;
    }

    public RunningHost Host { get; }

    /// <summary>The org's service account.</summary>
    public ApiClient Client { get; }

    public Guid TenantId { get; }

    public TestSite Site { get; }

    public SimulatedSite Simulated => Site.Simulated;

    /// <summary>The tenant's IP block at the site.</summary>
    public Guid Block { get; private set; }

    public Guid Vpc { get; private set; }

    public Guid Prefix { get; private set; }

    public Guid SwitchedVpc { get; private set; }

    public Guid Subnet { get; private set; }

    public Guid System { get; private set; }

    /// <summary>
    /// Makes it all. Without a layout there are eight hosts with two DPUs each; names of models as the simulator has them, those
    /// without DPU are kept apart. Without a speed nothing takes any time. <paramref name="routedOnly"/> leaves the switched VPC out.
    /// </summary>
    public static async Task<InstanceWorld> Make(RunningHost host, string layout = "dgx-h100=8", double speed = double.PositiveInfinity, bool routedOnly = false)
    {
        var client = host.AsServiceAccount(TestHost.NewOrg());
        var account = (await client.Get("service-account/current")).Is(200);
        var site = await TestSite.Start(host, client.Org, new SimulatorOptions
        {
            SiteName = "site-" + Guid.NewGuid().ToString("N")[..8],
            Layout = layout,
            Speed = speed,
            Blemishes = false,
            Churn = 0,
        });
        var world = new InstanceWorld(host, client, account["tenantId"].Id(), site);
        await client.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        world.Block = await world.Give(world.TenantId);
        world.Vpc = await world.MakeVpc("FNN");
        world.Prefix = await world.MakePrefix(world.Vpc);
        if (!routedOnly)
        {
            world.SwitchedVpc = await world.MakeVpc("ETHERNET_VIRTUALIZER");
            world.Subnet = await world.MakeSubnet(world.SwitchedVpc);
        }

        world.System = await world.MakeSystem();
        foreach (var machine in await client.Eventually(
            "machine?pageSize=100",
            list => list.AsArray().Count == site.Simulated.MachineIds.Count && list.AsArray().All(m => m!["status"].Text() == "Ready")) is JsonArray all ? all : [])
        {
            (machine!["machineCapabilities"]!.AsArray().Any(c => c!["deviceType"]?.GetValue<string>() == "DPU") ? world._machines : world._plainMachines)
                .Enqueue(machine["id"].Text());
        }

        return world;
    }

    /// <summary>A name that no other instance has.</summary>
    public static string NewName() => $"instance-{Interlocked.Increment(ref _names)}";

    /// <summary>A free machine with DPUs, handed out once.</summary>
    public string Machine() => _machines.TryDequeue(out var id) ? id : throw new InvalidOperationException("The site has no more machines for this test");

    /// <summary>A free machine without DPUs, handed out once.</summary>
    public string PlainMachine() => _plainMachines.TryDequeue(out var id) ? id : throw new InvalidOperationException("The site has no more such machines");

    /// <summary>Hands the machine out again.</summary>
    public void GiveBack(string machine) => _machines.Enqueue(machine);

    /// <summary>A part of the provider's addresses at the site for a tenant; the tenant's IP block.</summary>
    public async Task<Guid> Give(Guid tenantId, ApiClient? reader = null)
    {
        var number = 16 + Interlocked.Increment(ref _blocks);
        var block = (await Client.Post("ipblock", new
        {
            name = $"block-{number}",
            siteId = Site.Id,
            routingType = "DatacenterOnly",
            prefix = $"10.{number}.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201);
        var allocation = (await Client.Post("allocation", new
        {
            name = $"allocation-{number}",
            tenantId,
            siteId = Site.Id,
            allocationConstraints = new[]
            {
                new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = 16 },
            },
        })).Is(201);
        return allocation["allocationConstraints"]![0]!["derivedResourceId"].Id();
    }

    public async Task<Guid> MakeVpc(string type, ApiClient? by = null)
    {
        var client = by ?? Client;
        var id = (await client.Post("vpc", new { name = NewName(), siteId = Site.Id, networkVirtualizationType = type })).Is(201)["id"].Id();
        await client.Eventually($"vpc/{id}", vpc => vpc["status"].Text() == "Ready");
        return id;
    }

    public async Task<Guid> MakePrefix(Guid vpc, ApiClient? by = null, Guid? block = null, int length = 24)
    {
        var client = by ?? Client;
        var id = (await client.Post("vpc-prefix", new { name = NewName(), vpcId = vpc, ipBlockId = block ?? Block, prefixLength = length })).Is(201)["id"].Id();
        await client.Eventually($"vpc-prefix/{id}", prefix => prefix["status"].Text() == "Ready");
        return id;
    }

    public async Task<Guid> MakeSubnet(Guid vpc, ApiClient? by = null, Guid? block = null)
    {
        var client = by ?? Client;
        var id = (await client.Post("subnet", new { name = NewName(), vpcId = vpc, ipv4BlockId = block ?? Block, prefixLength = 24 })).Is(201)["id"].Id();
        await client.Eventually($"subnet/{id}", subnet => subnet["status"].Text() == "Ready");
        return id;
    }

    public async Task<Guid> MakeSystem(string script = "#!ipxe\nboot", string? userData = null, bool allowOverride = true, bool phoneHome = false, ApiClient? by = null) =>
        (await (by ?? Client).Post("operating-system", new
        {
            name = NewName(),
            ipxeScript = script,
            userData,
            isCloudInit = true,
            allowOverride,
            phoneHomeEnabled = phoneHome,
        })).Is(201)["id"].Id();

    /// <summary>The order for an instance with one interface on the VPC prefix, on a machine of its own unless it says otherwise.</summary>
    public JsonObject Order(string? machine = null, string? name = null) => new()
    {
        ["name"] = name ?? NewName(),
        ["machineId"] = machine ?? Machine(),
        ["vpcId"] = Vpc,
        ["operatingSystemId"] = System.ToString(),
        ["interfaces"] = new JsonArray(OnPrefix()),
    };

    public JsonObject OnPrefix(Guid? prefix = null) => new() { ["vpcPrefixId"] = prefix ?? Prefix };

    public JsonObject OnSubnet(Guid? subnet = null) => new() { ["subnetId"] = subnet ?? Subnet };

    /// <summary>An interface on a DPU of the machine.</summary>
    public JsonObject OnDpu(int number, int? function = null, Guid? prefix = null)
    {
        var wish = new JsonObject { ["vpcPrefixId"] = prefix ?? Prefix, ["device"] = Dpu, ["deviceInstance"] = number, ["isPhysical"] = function is null };
        if (function is not null)
        {
            wish["virtualFunctionId"] = function;
        }

        return wish;
    }

    /// <summary>Makes an instance and answers what the creation answered.</summary>
    public async Task<JsonNode> Create(Action<JsonObject>? with = null)
    {
        var order = Order();
        with?.Invoke(order);
        return (await Client.Post("instance", order)).Is(201);
    }

    /// <summary>Makes an instance and waits until it runs, with its interfaces in use.</summary>
    public async Task<JsonNode> CreateReady(Action<JsonObject>? with = null) => await Ready((await Create(with))["id"].Id());

    /// <summary>Waits until the instance runs, and none of its interfaces is on its way.</summary>
    public Task<JsonNode> Ready(Guid id, ApiClient? by = null) => (by ?? Client).Eventually(
        $"instance/{id}",
        instance => instance["status"].Text() == "Ready" && instance["interfaces"]!.AsArray().All(i => i!["status"].Text() == "Ready"));

    public async Task<JsonNode> Get(Guid id) => (await Client.Get($"instance/{id}")).Is(200);

    /// <summary>Deletes the instance, waits until it is gone and its machine free, and has the machine handed out again.</summary>
    public async Task Remove(JsonNode instance)
    {
        (await Client.Delete($"instance/{instance["id"]}")).Is(202);
        await Client.Gone($"instance/{instance["id"]}");
        await Free(instance["machineId"].Text());
        GiveBack(instance["machineId"].Text());
    }

    /// <summary>Waits until the machine is free in Nico's eyes.</summary>
    public Task<JsonNode> Free(string machine) => Client.Eventually($"machine/{machine}", m => m["status"].Text() == "Ready");

    public async Task<string> MachineStatus(string machine) => (await Client.Get($"machine/{machine}")).Is(200)["status"].Text();

    /// <summary>The messages of the instance's history, newest first, with their statuses.</summary>
    public async Task<IReadOnlyList<(string Status, string Message)>> History(Guid id) =>
        [.. (await Client.Get($"instance/{id}/status-history?pageSize=100")).Items().Select(entry => (entry!["status"].Text(), entry["message"].Text()))];

    /// <summary>How often the site carried out the RPC.</summary>
    public int Accepted(string rpc) => Simulated.AcceptedCalls.GetValueOrDefault(rpc);

    /// <summary>How often the RPC arrived at the site, whatever became of it.</summary>
    public int Received(string rpc) => Simulated.ReceivedCalls.GetValueOrDefault(rpc);

    /// <summary>Waits until the link has nothing left to tell the site.</summary>
    public Task Quiet() => Wait.Until(async () => await Read<int>(
        "select count(*)::int from sitelink.command where site_id = @site and state in ('Pending', 'Sending')", new { site = Site.Id }) == 0);

    /// <summary>Waits until the link has given up calling the site for now, and only asks now and then whether it is back.</summary>
    public async Task Silent()
    {
        using var http = new HttpClient { BaseAddress = Host.OperatorAddress };
        await Wait.Until(async () => JsonNode.Parse(await http.GetStringAsync("/ops/sites"))!.AsArray()
            .Any(site => site!["siteId"].Id() == Site.Id && site["answers"]?.GetValue<bool>() is false));
    }

    /// <summary>Changes rows that no operation changes.</summary>
    public async Task Sql(string sql, object args)
    {
        await using var connection = await Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql, args);
    }

    /// <summary>Reads what the API does not show.</summary>
    public async Task<T> Read<T>(string sql, object args)
    {
        await using var connection = await Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QuerySingleAsync<T>(sql, args);
    }

    public ValueTask DisposeAsync() => Site.DisposeAsync();

    public Npgsql.NpgsqlDataSource Database => (Npgsql.NpgsqlDataSource)Host.Services.GetService(typeof(Npgsql.NpgsqlDataSource))!;
}
