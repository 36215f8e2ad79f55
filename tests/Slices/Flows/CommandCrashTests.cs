using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Flows;

/// <summary>
/// A command's life with the process killed at each of its steps: before it is sent, before the site has it, before the site's answer
/// arrives, before the answer is recorded. Started again, Nico carries it out: once, and nothing else.
/// </summary>
public sealed class CommandCrashTests : IAsyncLifetime
{
    private readonly string _org = TestHost.NewOrg();
    private TestSite _site = null!;
    private NicoProcess _nico = null!;
    private Guid _siteId;

    private SimulatedSite Site => _site.Simulated;

    public async ValueTask InitializeAsync()
    {
        _site = await TestSite.Alone();
        _nico = await NicoProcess.Start(_org, [_site], new Dictionary<string, string>
        {
            ["SiteLink__RequestWait"] = "00:00:01",
            ["SiteLink__InventoryPeriod"] = "00:00:00.500",
            ["SiteLink__Lease"] = "00:00:02",
            ["SiteLink__FirstProbe"] = "00:00:00.500",
            ["SiteLink__LongestProbe"] = "00:00:01",
        });
        var sites = await _nico.Client.Eventually("site", found => found.AsArray() is [var only] && only!["status"].Text() == "Registered");
        _siteId = sites[0]!["id"].Id();
        await Allocate();
    }

    public async ValueTask DisposeAsync()
    {
        await _nico.DisposeAsync();
        await _site.DisposeAsync();
    }

    [Fact]
    public async Task Killed_at_each_step_of_a_command_it_is_carried_out_once()
    {
        await Killed("before it is sent", Fault.Down(), until: name => Until(() => IsCommitted(name), settle: 500));
        await Killed("before the site has it", Fault.Slow(TimeSpan.FromSeconds(20), "CreateVpc", 1), until: name => Until(() => Site.ReceivedCalls.GetValueOrDefault("CreateVpc") > 0 && !Has(name), settle: 500));
        await Killed("before the answer arrives", Lost("CreateVpc"), until: name => Until(() => Has(name)));
        await Killed("before the answer is recorded", Fault.Slow(TimeSpan.FromSeconds(1), "CreateVpc", 1), until: async name =>
        {
            // Somebody else's lock keeps the outcome from being written.
            await using var connection = new NpgsqlConnection(_nico.ConnectionString);
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await Until(async () =>
            {
                await using var hold = new NpgsqlCommand("select 1 from networking.vpc where name = $1 for update", connection, transaction) { Parameters = { new() { Value = name } } };
                return await hold.ExecuteScalarAsync() is not null;
            });
            await Until(() => Has(name), settle: 500);
            await _nico.Kill();
        });
        await KilledWhileDeleting();
    }

    /// <summary>Orders a VPC under a fault, kills Nico, lifts the fault, starts Nico, and looks at both sides.</summary>
    private async Task Killed(string when, Fault fault, Func<string, Task> until)
    {
        var name = "vpc-" + Guid.NewGuid().ToString("N")[..8];
        var accepted = Site.AcceptedCalls.GetValueOrDefault("CreateVpc");
        var added = Site.Faults.Add(fault);
        var order = _nico.Client.Post("vpc", new { name, siteId = _siteId });
        await until(name);
        await _nico.Kill();
        await Task.WhenAny(order);
        Site.Faults.Remove(added.Id);
        await _nico.Start();

        var found = await _nico.Client.Eventually($"vpc?query={name}", list => list.AsArray() is [var only] && only!["status"].Text() == "Ready");
        Assert.True(Site.Vpcs.Count(vpc => vpc.Metadata.Name == name) == 1, when);
        Assert.True(Site.AcceptedCalls.GetValueOrDefault("CreateVpc") == accepted + 1, when);
        Assert.Equal(Site.Vpcs.Single(vpc => vpc.Metadata.Name == name).Id.Value, found[0]!["id"].Text());
    }

    private async Task KilledWhileDeleting()
    {
        var vpc = (await _nico.Client.Post("vpc", new { name = "to-go", siteId = _siteId })).Is(201);
        var added = Site.Faults.Add(Lost("DeleteVpc"));
        var order = _nico.Client.Delete($"vpc/{vpc["id"]}");
        await Until(() => !Has("to-go"));
        await _nico.Kill();
        await Task.WhenAny(order);
        Site.Faults.Remove(added.Id);
        await _nico.Start();

        await _nico.Client.Gone($"vpc/{vpc["id"]}");
    }

    private static Fault Lost(string rpc) => new() { Kind = FaultKind.LostAnswer, Rpc = rpc, Count = 1, Delay = TimeSpan.FromSeconds(30) };

    private async Task<bool> IsCommitted(string name)
    {
        await using var connection = new NpgsqlConnection(_nico.ConnectionString);
        await connection.OpenAsync();
        await using var made = new NpgsqlCommand("select 1 from networking.vpc where name = $1", connection) { Parameters = { new() { Value = name } } };
        return await made.ExecuteScalarAsync() is not null;
    }

    private bool Has(string name) => Site.Vpcs.Any(vpc => vpc.Metadata.Name == name);

    private static Task Until(Func<bool> holds, int settle = 0) => Until(() => Task.FromResult(holds()), settle);

    private static async Task Until(Func<Task<bool>> holds, int settle = 0)
    {
        await Wait.Until(holds);
        await Task.Delay(settle, TestContext.Current.CancellationToken);
    }

    private async Task Allocate()
    {
        var account = (await _nico.Client.Get("service-account/current")).Is(200);
        var block = (await _nico.Client.Post("ipblock", new
        {
            name = "pool",
            siteId = _siteId,
            routingType = "DatacenterOnly",
            prefix = "10.0.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201);
        (await _nico.Client.Post("allocation", new
        {
            name = "all",
            siteId = _siteId,
            tenantId = account["tenantId"].Id(),
            allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = 16 } },
        })).Is(201);
    }
}
