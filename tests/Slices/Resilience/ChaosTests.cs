using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>
/// Random sequences of operations by several callers, while the site does everything that a site can do wrong, processes are killed
/// and started again and the database goes away. Then three accounts must agree: what callers were told, what the database holds,
/// what the site holds. A failure names its seed; NICO_SOAK makes each run last that many minutes, NICO_SEED repeats one.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Callers = 5;
    private const int Hosts = 10;

    private static readonly TimeSpan _length = double.TryParse(Environment.GetEnvironmentVariable("NICO_SOAK"), out var minutes)
        ? TimeSpan.FromMinutes(minutes)
        : TimeSpan.FromSeconds(20);

    private readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("NICO_SEED"), out var seed) ? seed : Random.Shared.Next(1_000_000);
    private readonly Ledger _ledger = new();
    private readonly ConcurrentBag<string> _wrong = [];
    private Fleet _fleet = null!;
    private Guid _block;
    private Guid _poolId;
    private Guid _siteId;
    private Guid _tenantId;
    private Guid _system;
    private int _names;

    public async ValueTask InitializeAsync() => _fleet = await Fleet.Make(
        new SimulatorOptions { SiteName = "fleet", Layout = $"dgx-h100={Hosts}", Speed = 2000, Blemishes = false, Churn = 0 }, durable: true);

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();

    [Fact]
    public Task One_process_killed_at_random_and_a_database_that_goes_away() => Run(1, async (random, _) =>
    {
        if (random.Next(3) == 0)
        {
            await _fleet.DatabaseDown();
            await Task.Delay(random.Next(100, 800));
            await _fleet.DatabaseUp();
        }
        else
        {
            _fleet.Replicas[0].Kill();
            await Task.Delay(random.Next(0, 300));
            await _fleet.Replicas[0].Start();
        }
    });

    [Fact]
    public Task Three_replicas_under_load_killed_and_replaced_one_after_another() => Run(3, async (_, turn) =>
    {
        _fleet.Replicas[turn % 3].Kill();
        await _fleet.Replicas[turn % 3].Start();
    });

    /// <summary>Ends the run after its time, on a slow machine not before something was done.</summary>
    private async Task End(CancellationTokenSource over)
    {
        await Task.Delay(_length);
        await Wait.Until(() => _ledger.Of("vpc").Count(e => e.Made == true) > 5 && _ledger.Of("instance").Any(e => e.Made == true), seconds: 120);
        await over.CancelAsync();
    }

    private async Task Run(int replicas, Func<Random, int, Task> strike)
    {
        output.WriteLine($"seed {_seed}");
        await _fleet.StartReplicas(replicas);
        await Arrange();

        using var over = new CancellationTokenSource();
        await Task.WhenAll(
            [End(over), .. Enumerable.Range(1, Callers).Select(number => Call(new Random(_seed + number), over.Token)), Misbehave(new Random(_seed), over.Token), Strike(new Random(-_seed), strike, over.Token)]);

        _fleet.Site.Faults.Clear();
        await Settle();
        await Agree();
        Assert.True(_wrong.IsEmpty, $"seed {_seed}:\n{string.Join('\n', _wrong)}");
        var (told, open) = (_ledger.Of("vpc").Count(e => e.Made == true), _ledger.Of("vpc").Count(e => e.Made is null));
        output.WriteLine($"{told} VPCs, {_ledger.Of("vpc-prefix").Count(e => e.Made == true)} prefixes, {_ledger.Of("instance").Count(e => e.Made == true)} instances, {_ledger.Of("operating-system").Count(e => e.Made == true)} images, {_ledger.Of("allocation").Count(e => e.Made == true)} allocations were made, {_ledger.Of("reboot").Count(e => e.Made == true)} reboots ordered; {open} VPCs were left open");
    }

    /// <summary>A caller, who makes things, and removes things it made.</summary>
    private async Task Call(Random random, CancellationToken over)
    {
        List<(Ledger.Entry Vpc, List<(Ledger.Entry Prefix, List<Ledger.Entry> Instances)> Prefixes)> vpcs = [];
        List<Ledger.Entry> allocations = [];
        List<Ledger.Entry> images = [];
        while (!over.IsCancellationRequested)
        {
            switch (random.Next(13))
            {
                case 0 or 1 when vpcs.Count < 4:
                    if (await Make("vpc", random, name => new() { ["name"] = name, ["siteId"] = _siteId, ["networkVirtualizationType"] = "FNN" }) is { } vpc)
                    {
                        vpcs.Add((vpc, []));
                    }

                    break;
                case 2 or 3 when vpcs.Count > 0:
                    var at = vpcs[random.Next(vpcs.Count)];
                    if (await Make("vpc-prefix", random, name => new()
                    {
                        ["name"] = name,
                        ["vpcId"] = at.Vpc.Id,
                        ["ipBlockId"] = _block,
                        ["prefixLength"] = random.Next(24, 29),
                    }) is { } prefix)
                    {
                        at.Prefixes.Add((prefix, []));
                    }

                    break;
                case 4 or 5 when vpcs.SelectMany(v => v.Prefixes.Select(p => (v.Vpc, p))).ToArray() is { Length: > 0 } all:
                    var (owner, (on, instances)) = all[random.Next(all.Length)];
                    if (await Make("instance", random, name => new()
                    {
                        ["name"] = name,
                        ["machineId"] = _fleet.Site.MachineIds[random.Next(_fleet.Site.MachineIds.Count)],
                        ["vpcId"] = owner.Id,
                        ["operatingSystemId"] = _system,
                        ["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = on.Id }),
                    }) is { } instance)
                    {
                        instances.Add(instance);
                    }

                    break;
                case 6:
                    if (allocations.Count < 3)
                    {
                        if (await Make("allocation", random, name => new()
                        {
                            ["name"] = name,
                            ["tenantId"] = _tenantId,
                            ["siteId"] = _siteId,
                            ["allocationConstraints"] = new JsonArray(new JsonObject
                            {
                                ["resourceType"] = "IPBlock",
                                ["resourceTypeId"] = _poolId,
                                ["constraintType"] = "Reserved",
                                ["constraintValue"] = random.Next(20, 28),
                            }),
                        }) is { } made)
                        {
                            allocations.Add(made);
                        }
                    }
                    else if (await Remove(allocations[0], random))
                    {
                        allocations.RemoveAt(0);
                    }

                    break;
                case 7 when vpcs.SelectMany(v => v.Prefixes).Where(p => p.Instances.Count > 0).ToArray() is { Length: > 0 } used:
                    var list = used[random.Next(used.Length)].Instances;
                    if (await Remove(list[0], random))
                    {
                        list.RemoveAt(0);
                    }

                    break;
                case 8 when vpcs.Where(v => v.Prefixes.Count > 0).ToArray() is { Length: > 0 } withPrefixes:
                    var prefixes = withPrefixes[random.Next(withPrefixes.Length)].Prefixes;
                    if (await Remove(prefixes[0].Prefix, random))
                    {
                        prefixes.RemoveAt(0);
                    }

                    break;
                case 9 when vpcs.Count > 2:
                    if (await Remove(vpcs[0].Vpc, random))
                    {
                        vpcs.RemoveAt(0);
                    }

                    break;
                case 10 when vpcs.SelectMany(v => v.Prefixes.SelectMany(p => p.Instances.Append(p.Prefix)).Append(v.Vpc)).ToArray() is { Length: > 0 } named:
                    var renamed = named[random.Next(named.Length)];
                    await Change(renamed, new() { ["name"] = $"{renamed.Name}~{Interlocked.Increment(ref _names)}" }, random);
                    break;
                case 11 when vpcs.SelectMany(v => v.Prefixes.SelectMany(p => p.Instances)).ToArray() is { Length: > 0 } running:
                    await Reboot(running[random.Next(running.Length)], random);
                    break;
                case 12:
                    if (images.Count < 3)
                    {
                        if (await Make("operating-system", random, name => new()
                        {
                            ["name"] = name,
                            ["siteIds"] = new JsonArray(_siteId),
                            ["imageUrl"] = "https://images.example.com/os.img",
                            ["imageSha"] = "0123abcd",
                            ["rootFsLabel"] = "root",
                        }) is { } image)
                        {
                            images.Add(image);
                        }
                    }
                    else if (await Remove(images[0], random))
                    {
                        images.RemoveAt(0);
                    }

                    break;
            }

            await Task.Delay(random.Next(0, 60), CancellationToken.None);
        }
    }

    /// <summary>Asks for something; answers it when it was made.</summary>
    private async Task<Ledger.Entry?> Make(string kind, Random random, Func<string, JsonObject> body)
    {
        var entry = _ledger.Ask(kind, $"{kind}-{Interlocked.Increment(ref _names)}");
        var (status, json) = await _fleet.Replicas[random.Next(_fleet.Replicas.Length)].Ask(HttpMethod.Post, kind, body(entry.Name));
        entry.Made = status switch { 201 => true, >= 400 and < 500 => false, _ => null };
        Judge(status, json, entry);
        entry.Id = status == 201 ? json!["id"].Id() : null;
        if (status is null)
        {
            await Task.Delay(100, CancellationToken.None);
        }

        return status == 201 ? entry : null;
    }

    /// <summary>Asks for a removal; true when the thing is of no more use.</summary>
    private async Task<bool> Remove(Ledger.Entry entry, Random random)
    {
        var (status, json) = await _fleet.Replicas[random.Next(_fleet.Replicas.Length)].Ask(HttpMethod.Delete, $"{entry.Kind}/{entry.Id}");
        Judge(status, json, entry);
        if (status is 404)
        {
            // Only an earlier deletion whose answer did not come can have done it.
            if (entry.Removed == false)
            {
                _wrong.Add($"{entry} is gone though nobody removed it");
            }

            return true;
        }

        entry.Removed = status switch { 202 or 204 => true, >= 400 and < 500 => entry.Removed, _ => null };
        return entry.Removed != false;
    }

    /// <summary>Asks for a change, whose name is the thing's first with something behind it.</summary>
    private async Task<int?> Change(Ledger.Entry entry, JsonObject change, Random random)
    {
        var (status, json) = await _fleet.Replicas[random.Next(_fleet.Replicas.Length)].Ask(HttpMethod.Patch, $"{entry.Kind}/{entry.Id}", change);
        Judge(status, json, entry);
        return status;
    }

    private async Task Reboot(Ledger.Entry instance, Random random)
    {
        var entry = _ledger.Ask("reboot", $"reboot-{Interlocked.Increment(ref _names)}");
        entry.Made = await Change(instance, new() { ["triggerReboot"] = true }, random) switch { 200 => true, >= 400 and < 500 => false, _ => null };
    }

    private void Judge(int? status, JsonNode? json, Ledger.Entry entry)
    {
        if (status is >= 500 and not 503)
        {
            _wrong.Add($"{entry} was answered {status}: {json?.ToJsonString()}");
        }
    }

    /// <summary>The site does wrong, one thing after another and some at once.</summary>
    private async Task Misbehave(Random random, CancellationToken over)
    {
        StatusCode[] codes = [StatusCode.Unavailable, StatusCode.InvalidArgument, StatusCode.FailedPrecondition, StatusCode.Aborted, StatusCode.ResourceExhausted];
        string[] rpcs =
        [
            "CreateVpc", "UpdateVpc", "DeleteVpc", "CreateVpcPrefix", "UpdateVpcPrefix", "DeleteVpcPrefix", "CreateOsImage", "DeleteOsImage",
            "AllocateInstance", "UpdateInstanceConfig", "InvokeInstancePower", "ReleaseInstance",
        ];
        while (!over.IsCancellationRequested)
        {
            var time = TimeSpan.FromMilliseconds(random.Next(100, 1200));
            var rpc = rpcs[random.Next(rpcs.Length)];

            // An old name that arrives after a new one is put right for VPCs and instances, but not for prefixes, nor for one thing without end.
            var late = rpc.StartsWith("Update", StringComparison.Ordinal) ? 0 : random.Next(0, 3) switch { 0 => 0, 1 => random.Next(0, 300), _ => random.Next(300, 3000) };
            var fault = random.Next(8) switch
            {
                0 => Fault.Down(time),
                1 => new Fault { Kind = FaultKind.Slow, Delay = TimeSpan.FromMilliseconds(random.Next(50, 1500)), Percent = 50, For = time },
                2 => new Fault { Kind = FaultKind.Refuse, Rpc = rpc, Code = codes[random.Next(codes.Length)], Percent = 50, For = time },
                3 => new Fault { Kind = FaultKind.Duplicate, Rpc = rpc, Percent = 70, Delay = TimeSpan.FromMilliseconds(late), For = time },
                4 => new Fault { Kind = FaultKind.LostAnswer, Rpc = rpc, Percent = 70, For = time },
                5 => new Fault { Kind = FaultKind.LostAnswer, Rpc = rpc, Cut = true, Percent = 70, For = time },
                6 => new Fault { Kind = FaultKind.ChunkFails, Chunk = 1, For = time },
                _ => new Fault { Kind = FaultKind.BlackHole, Rpc = rpc, Percent = 50, For = time },
            };
            _fleet.Site.Faults.Add(fault);
            await Task.Delay(random.Next(0, 700), CancellationToken.None);
        }
    }

    private static async Task Strike(Random random, Func<Random, int, Task> strike, CancellationToken over)
    {
        for (var turn = 0; !over.IsCancellationRequested; turn++)
        {
            await Task.Delay(random.Next(1000, 4000), CancellationToken.None);
            await strike(random, turn);
        }
    }

    private async Task Arrange()
    {
        var nico = _fleet.Replicas[0];
        _tenantId = (await nico.Get("service-account/current"))["tenantId"].Id();
        await Wait.Until(async () => (await nico.List("site")) is [var only] && only["status"].Text() == "Registered");
        _siteId = (await nico.List("site"))[0]["id"].Id();
        Assert.Equal(200, (await nico.Ask(HttpMethod.Patch, $"site/{_siteId}", new() { ["capabilities"] = new JsonObject { ["imageBasedOperatingSystem"] = true } })).Status);
        var all = await Block("all", "10.60.0.0");
        _poolId = await Block("pool", "10.61.0.0");
        var allocation = await nico.Make("allocation", new JsonObject
        {
            ["name"] = "all",
            ["tenantId"] = _tenantId,
            ["siteId"] = _siteId,
            ["allocationConstraints"] = new JsonArray(new JsonObject
            {
                ["resourceType"] = "IPBlock",
                ["resourceTypeId"] = all,
                ["constraintType"] = "Reserved",
                ["constraintValue"] = 16,
            }),
        });
        _block = allocation["allocationConstraints"]![0]!["derivedResourceId"].Id();
        _system = (await nico.Make("operating-system", new JsonObject { ["name"] = "os", ["ipxeScript"] = "#!ipxe" }))["id"].Id();
        await Wait.Until(async () => (await nico.List("machine?status=Ready")).Count == Hosts);

        async Task<Guid> Block(string name, string prefix) => (await nico.Make("ipblock", new JsonObject
        {
            ["name"] = name,
            ["siteId"] = _siteId,
            ["routingType"] = "DatacenterOnly",
            ["prefix"] = prefix,
            ["prefixLength"] = 16,
            ["protocolVersion"] = "IPv4",
        }))["id"].Id();
    }

    /// <summary>
    /// What an operator does after such a day: has dead commands tried again, until nothing is left to be done. What was refused and has lost
    /// its machine or its prefix to others meanwhile cannot be made again; its tenant deletes it.
    /// </summary>
    private async Task Settle()
    {
        IEnumerable<string> left = [];
        try
        {
            await Wait.Until(
                async () =>
                {
                    try
                    {
                        foreach (var command in await _fleet.Replicas[0].RetryDeadCommands())
                        {
                            await Abandon(command);
                        }
                    }
                    catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.ServiceUnavailable)
                    {
                        // The database has been back for no longer than this.
                        return false;
                    }

                    left = await _fleet.ReadAll("select c::text from sitelink.command c where state in ('Pending', 'Sending', 'Dead') order by seq");
                    return !left.Any();
                },
                seconds: 60,
                $"seed {_seed}: nothing is left to be told to the site");
        }
        finally
        {
            output.WriteLine(string.Join('\n', left));
        }

        JsonNode[] unready = [];
        try
        {
            await Wait.Until(
                async () =>
                {
                    unready =
                    [
                        .. (await All("instance")).Concat(await All("vpc")).Concat(await All("vpc-prefix")).Concat(await All("operating-system"))
                            .Where(one => one["status"].Text() != "Ready"),
                    ];
                    return unready.Length == 0;
                },
                seconds: 60,
                $"seed {_seed}: all that is there is Ready");
        }
        finally
        {
            foreach (var one in unready)
            {
                output.WriteLine(one.ToJsonString());
                output.WriteLine(string.Join('\n', await _fleet.ReadAll($"select c::text from sitelink.command c where resource_id = '{one["id"]}' order by seq")));
                output.WriteLine(string.Join('\n', await _fleet.ReadAll($"select s::text from sitelink.seen s where object_id = '{one["id"]}'")));
                output.WriteLine(_fleet.Site.Instances.FirstOrDefault(instance => instance.Id.Value == one["id"].Text())?.ToString() ?? "no such instance at the site");
            }

            output.WriteLine(string.Join('\n', await _fleet.ReadAll("select p::text from sitelink.poll p union all select r::text from sitelink.round r")));
        }
    }

    private async Task Abandon(JsonNode command)
    {
        var kind = command["kind"].Text() == "os-image" ? "operating-system" : command["kind"].Text();
        if (await _fleet.Replicas[0].Ask(HttpMethod.Get, $"{kind}/{command["resourceId"]}") is (200, { } found))
        {
            var entry = _ledger.Named(FirstName(found))!;
            entry.Id ??= found["id"].Id();
            await Remove(entry, Random.Shared);
        }
    }

    private async Task Agree()
    {
        foreach (var kind in new[] { "vpc", "vpc-prefix", "instance", "operating-system", "allocation" })
        {
            var there = (await All(kind)).ToDictionary(FirstName, item => item["id"].Id());
            foreach (var entry in _ledger.Of(kind))
            {
                var isThere = there.TryGetValue(entry.Name, out var id);
                if (isThere ? entry.MustBeGone || (entry.Id is not null && entry.Id != id) : entry.MustBeThere)
                {
                    _wrong.Add($"{entry} is {(isThere ? $"there as {id}" : "not there")}");
                }
            }

            _wrong.AddRange(there.Keys.Where(name => name is not ("all" or "os") && _ledger.Named(name) is null).Select(name => $"nobody asked for {kind} {name}"));
        }

        await Same(
            "VPCs", "select id || ' ' || name from networking.vpc", () => _fleet.Site.Vpcs.Select(vpc => $"{vpc.Id.Value} {vpc.Metadata.Name}"));
        await Same(
            "VPC prefixes",
            "select id || ' ' || name from networking.vpc_prefix",
            () => _fleet.Site.VpcPrefixes.Select(prefix => $"{prefix.Id.Value} {prefix.Metadata.Name}"));
        await Same(
            "instances",
            "select id || ' ' || name || ' on ' || machine_id from compute.instance",
            () => _fleet.Site.Instances.Select(i => $"{i.Id.Value} {i.Metadata.Name} on {i.MachineId.Id}"));
        await Same(
            "images", "select operating_system_id::text from compute.operating_system_site", () => _fleet.Site.OsImages.Select(image => image.Attributes.Id.Value));
        await Same(
            "holders of machines",
            "select instance_id || ' on ' || id from hardware.machine where instance_id is not null",
            () => _fleet.Site.Instances.Select(i => $"{i.Id.Value} on {i.MachineId.Id}"));
        var prefixes = (await All("vpc-prefix")).Select(prefix => prefix["prefix"].Text());
        await Same("parts of the block", $"select prefix::text from networking.carving where block_id = '{_block}'", () => prefixes);
        foreach (var (rpc, kind) in new[]
        {
            ("CreateVpc", "vpc"), ("CreateVpcPrefix", "vpc-prefix"), ("CreateOsImage", "operating-system"), ("AllocateInstance", "instance"), ("InvokeInstancePower", "reboot"),
        })
        {
            var accepted = _fleet.Site.AcceptedCalls.GetValueOrDefault(rpc);
            if (accepted > _ledger.Of(kind).Count(entry => entry.Made != false))
            {
                _wrong.Add($"the site carried out {rpc} {accepted} times, more often than it can have been ordered");
            }
        }
    }

    /// <summary>What the database has is what the site has, at the latest when the site has been read once more.</summary>
    private async Task Same(string what, string sql, Func<IEnumerable<string>> site)
    {
        string[] ours, theirs;
        var until = DateTime.UtcNow.AddSeconds(20);
        while (true)
        {
            ours = [.. (await _fleet.ReadAll(sql)).Order(StringComparer.Ordinal)];
            theirs = [.. site().Order(StringComparer.Ordinal)];
            if (ours.SequenceEqual(theirs))
            {
                return;
            }

            if (DateTime.UtcNow > until)
            {
                _wrong.Add($"{what}: only the database has [{string.Join(", ", ours.Except(theirs))}], only the other has [{string.Join(", ", theirs.Except(ours))}]");
                return;
            }

            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static string FirstName(JsonNode item) => item["name"].Text().Split('~')[0];

    private async Task<IReadOnlyList<JsonNode>> All(string kind)
    {
        List<JsonNode> all = [];
        for (var page = 1; ; page++)
        {
            var items = await _fleet.Replicas[0].List($"{kind}?pageSize=100&pageNumber={page}");
            all.AddRange(items);
            if (items.Count < 100)
            {
                return all;
            }
        }
    }
}

file static class Bags
{
    public static void AddRange(this ConcurrentBag<string> bag, IEnumerable<string> more)
    {
        foreach (var item in more)
        {
            bag.Add(item);
        }
    }
}
