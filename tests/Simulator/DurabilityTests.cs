using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class DurabilityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sim-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Everything_is_the_same_after_a_crash_at_rest()
    {
        var clock = new FakeTimeProvider(Noon);
        Snapshot before;
        await using (var site = await Kept(clock))
        {
            await site.Core.CreateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Demo" } });
            var vpc = await site.Vpc();
            var prefix = await site.Prefix(vpc);
            var segment = await site.Segment();
            await site.Up(site.Order(site.FreeMachine(), On(prefix), On(prefix, function: 2)));
            await site.Up(site.Order(site.FreeMachine(), On(segment)));
            await site.Core.SetMaintenanceAsync(new() { HostId = new() { Id = site.FreeMachine() }, Reference = "new fans" });
            await site.Core.UpdateMachineMetadataAsync(new() { MachineId = new() { Id = site.FreeMachine() }, Metadata = new() { Name = "renamed" } });
            await site.Core.DeleteVpcAsync(new() { Id = (await site.Vpc()).Id });
            site.Site.Faults.Add(Fault.Refuse("CreateTenant", StatusCode.Aborted, count: 3));
            await Refused(StatusCode.Aborted, site.Core.CreateTenantAsync(new() { OrganizationId = "x", Metadata = new() { Name = "Xx" } }));
            before = Snapshot.Of(site);
            await site.Site.Kill();
        }

        await using var again = await Kept(clock);
        var after = Snapshot.Of(again);
        Assert.Equal(before.Text, after.Text);
        Assert.Equal(1, Assert.Single(again.Site.Faults.Active).Struck);
        Assert.Equal("f-2", again.Site.Faults.Add(Fault.Down()).Id);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(60)]
    [InlineData(200)]
    [InlineData(290)]
    public async Task State_machines_go_on_by_the_clock_wherever_they_were_killed(int second)
    {
        // The same orders at two sites of one name; one of them is killed on the way and is down for a minute.
        var orders = new List<InstanceAllocationRequest>();
        async Task Begin(TestSite site)
        {
            var vpc = await site.Vpc(id: "0197a000-0000-7000-8000-000000000001");
            var prefix = await site.Prefix(vpc, id: "0197a000-0000-7000-8000-000000000002");
            for (var i = 0; i < 5; i++)
            {
                if (orders.Count < 5)
                {
                    orders.Add(site.Order(site.Site.MachineIds[i], On(prefix)));
                    orders[i].InstanceId.Value = $"0197a000-0000-7000-8000-00000000001{i}";
                }

                await site.Core.AllocateInstanceAsync(orders[i]);
            }
        }

        var (oneClock, otherClock) = (new FakeTimeProvider(Noon), new FakeTimeProvider(Noon));
        await using var undisturbed = await Start(clock: oneClock);
        await Begin(undisturbed);
        await using (var killed = await Kept(otherClock))
        {
            await Begin(killed);
            otherClock.Advance(TimeSpan.FromSeconds(second));
            _ = killed.Site.Instances;
            await killed.Site.Kill();
        }

        otherClock.Advance(TimeSpan.FromMinutes(1));
        oneClock.Advance(TimeSpan.FromSeconds(second) + TimeSpan.FromMinutes(1));
        await using var back = await Kept(otherClock);
        Assert.Equal(Snapshot.Of(undisturbed).Text, Snapshot.Of(back).Text);
        foreach (var site in (ReadOnlySpan<TestSite>)[undisturbed, back])
        {
            site.Clock.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(Snapshot.Of(undisturbed).Text, Snapshot.Of(back).Text);
        Assert.All(back.Site.Instances, instance => Assert.Equal(TenantState.Ready, instance.Status.Tenant.State));
    }

    [Fact]
    public async Task What_was_answered_is_there_after_every_kill_9_of_the_process()
    {
        var acknowledged = new ConcurrentDictionary<string, byte>();
        var deleted = new ConcurrentDictionary<string, byte>();
        var random = new Random(20260601);
        for (var round = 0; round < 4; round++)
        {
            using var process = StartProcess(compactAt: 20_000);
            using var channel = GrpcChannel.ForAddress((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
            var core = new Forge.ForgeClient(channel);
            await Check(core, acknowledged, deleted);
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, 8).Select(worker => Task.Run(() => Load(core, acknowledged, deleted, stop.Token), TestContext.Current.CancellationToken)).ToList();
            var before = acknowledged.Count + deleted.Count;
            await Eventually(() => Task.FromResult(acknowledged.Count + deleted.Count >= before + 30));
            await Task.Delay(random.Next(600), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }

        using var last = StartProcess(compactAt: 20_000);
        using var lastChannel = GrpcChannel.ForAddress((await last.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
        await Check(new Forge.ForgeClient(lastChannel), acknowledged, deleted);
        last.StandardInput.Close();
        await last.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, last.ExitCode);
        Assert.True(acknowledged.Count + deleted.Count > 100, $"only {acknowledged.Count + deleted.Count} calls were made");
        Assert.Contains(Directory.EnumerateFiles(_folder), path => Path.GetFileName(path).StartsWith("snapshot-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kills_at_any_moment_under_load_lose_nothing_that_was_answered()
    {
        var acknowledged = new ConcurrentDictionary<string, byte>();
        var deleted = new ConcurrentDictionary<string, byte>();
        var random = new Random(42);
        for (var round = 0; round < 12; round++)
        {
            var site = await SimulatedSite.Start(Options() with { CompactAt = 4_000 }, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
            using var channel = GrpcChannel.ForAddress(site.Core);
            var core = new Forge.ForgeClient(channel);
            await Check(core, acknowledged, deleted);
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Load(core, acknowledged, deleted, stop.Token), TestContext.Current.CancellationToken)).ToList();
            var before = acknowledged.Count + deleted.Count;
            await Eventually(() => Task.FromResult(acknowledged.Count + deleted.Count >= before + 5));
            await Task.Delay(random.Next(150), TestContext.Current.CancellationToken);
            await site.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }

        Assert.True(acknowledged.Count + deleted.Count > 50, $"only {acknowledged.Count + deleted.Count} calls were made");
    }

    [Fact]
    public async Task A_journal_cut_at_any_byte_loses_the_cut_record_and_no_other()
    {
        var clock = new FakeTimeProvider(Noon);
        var sizes = new List<long>();
        var journal = Path.Combine(_folder, "journal-000001");
        await using (var site = await Kept(clock))
        {
            for (var i = 0; i < 4; i++)
            {
                sizes.Add(new FileInfo(journal).Length);
                await site.Vpc(name: $"vpc {i}");
            }

            sizes.Add(new FileInfo(journal).Length);
            await site.Site.Kill();
        }

        var whole = await File.ReadAllBytesAsync(journal, TestContext.Current.CancellationToken);
        Assert.Equal(sizes[4], whole.Length);
        for (var length = (int)sizes[1]; length <= whole.Length; length += 7)
        {
            await File.WriteAllBytesAsync(journal, whole[..length], TestContext.Current.CancellationToken);
            var expected = sizes.FindLastIndex(size => size <= length);
            await using (var site = await Kept(clock))
            {
                Assert.Equal(expected, site.Site.Vpcs.Count);
                await site.Vpc(name: "after the cut");
                await site.Site.Kill();
            }

            await using var again = await Kept(clock);
            Assert.Equal(expected + 1, again.Site.Vpcs.Count);
        }
    }

    [Fact]
    public async Task Garbage_behind_the_last_record_is_dropped()
    {
        var clock = new FakeTimeProvider(Noon);
        await using (var site = await Kept(clock))
        {
            await site.Vpc();
        }

        await using (var journal = new FileStream(Path.Combine(_folder, "journal-000001"), FileMode.Append))
        {
            await journal.WriteAsync(new byte[4096], TestContext.Current.CancellationToken);
        }

        await using var again = await Kept(clock);
        Assert.Single(again.Site.Vpcs);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_refused_and_not_taken_for_an_empty_site()
    {
        var clock = new FakeTimeProvider(Noon);
        await using (var site = await Kept(clock, compactAt: 500))
        {
            for (var i = 0; i < 30; i++)
            {
                await site.Vpc(name: $"vpc {i}");
            }
        }

        var snapshot = Directory.EnumerateFiles(_folder, "snapshot-*").Single();
        var bytes = await File.ReadAllBytesAsync(snapshot, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(snapshot, bytes, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidDataException>(() => Kept(clock));
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(snapshot, bytes, TestContext.Current.CancellationToken);
        await using var again = await Kept(clock);
        Assert.Equal(30, again.Site.Vpcs.Count);
    }

    [Fact]
    public async Task A_fault_is_kept_from_the_moment_it_was_added_and_holds_across_a_restart()
    {
        var clock = new FakeTimeProvider(Noon);
        InstanceAllocationRequest order;
        string id;
        await using (var site = await Kept(clock))
        {
            order = site.Order(site.FreeMachine(), On(await site.Prefix()));
            id = site.Site.Faults.Add(Fault.HoldInstance(phase: "Reboot")).Id;
            await site.Core.AllocateInstanceAsync(order);
            clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal(TenantState.Provisioning, (await site.Read(order.InstanceId)).Status.Tenant.State);
            site.Site.Faults.Add(Fault.Lose("machine", site.Site.MachineIds[0]));
            await site.Site.Kill();
        }

        clock.Advance(TimeSpan.FromHours(1));
        await using var again = await Kept(clock);
        Assert.Equal(2, again.Site.Faults.Active.Count);
        Assert.Equal(TenantState.Provisioning, (await again.Read(order.InstanceId)).Status.Tenant.State);
        again.Site.Faults.Remove(id);
        Assert.Equal(TenantState.Ready, (await again.Read(order.InstanceId)).Status.Tenant.State);
    }

    [Fact]
    public async Task The_journal_is_compacted()
    {
        var clock = new FakeTimeProvider(Noon);
        await using (var site = await Kept(clock, compactAt: 2000))
        {
            var vpc = await site.Vpc();
            for (var i = 0; i < 200; i++)
            {
                await site.Core.UpdateVpcAsync(new() { Id = vpc.Id, Metadata = new() { Name = $"name {i}" } });
            }
        }

        Assert.InRange(Directory.EnumerateFiles(_folder).Sum(path => new FileInfo(path).Length), 1, 20_000);
        await using var again = await Kept(clock);
        Assert.Equal("name 199", Assert.Single(again.Site.Vpcs).Name);
    }

    [Fact]
    public async Task One_folder_is_for_one_site_at_a_time_and_always_the_same()
    {
        var clock = new FakeTimeProvider(Noon);
        await using (await Kept(clock))
        {
            Assert.Contains("in use", (await Assert.ThrowsAsync<InvalidOperationException>(() => Kept(clock))).Message, StringComparison.Ordinal);
            using var process = StartProcess(compactAt: 1 << 20);
            Assert.Contains("in use", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(2, process.ExitCode);
        }

        Assert.Contains("holds the site sim-test", (await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Start(options => options with { StateFolder = _folder, SiteName = "other" }))).Message, StringComparison.Ordinal);
        await using var again = await Kept(clock);
    }

    [Fact]
    public async Task A_site_that_grew_keeps_its_machines_and_what_is_on_them()
    {
        var clock = new FakeTimeProvider(Noon);
        InstanceAllocationRequest order;
        List<string> machines;
        await using (var site = await Kept(clock))
        {
            order = site.Order(site.FreeMachine(), On(await site.Prefix()));
            await site.Up(order);
            machines = [.. site.Site.MachineIds];
        }

        await using var grown = await Start(options => options with { StateFolder = _folder, Machines = 60 }, clock);
        Assert.Subset(grown.Site.MachineIds.ToHashSet(), machines.ToHashSet());
        Assert.Equal("Assigned/Ready", (await grown.ReadMachine(order.MachineId.Id)).State);
        Assert.Equal(TenantState.Ready, (await grown.Read(order.InstanceId)).Status.Tenant.State);

        await grown.DisposeAsync();
        await using var shrunk = await Start(options => options with { StateFolder = _folder, Machines = 2, Layout = "dgx-h100=2" }, clock);
        Assert.Equal(TenantState.Ready, (await shrunk.Read(order.InstanceId)).Status.Tenant.State);
        await shrunk.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(shrunk.Site.Instances);
    }

    [Fact]
    public async Task A_killed_site_answers_nothing_more_and_leaves_its_folder_free()
    {
        var clock = new FakeTimeProvider(Noon);
        await using var site = await Kept(clock);
        await site.Vpc();
        await site.Site.Kill();
        await Assert.ThrowsAsync<RpcException>(() => site.Vpc());
        await using var again = await Kept(clock);
        Assert.Single(again.Site.Vpcs);
    }

    private static async Task Load(Forge.ForgeClient core, ConcurrentDictionary<string, byte> acknowledged, ConcurrentDictionary<string, byte> deleted, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var id = Guid.NewGuid().ToString();
            try
            {
                await core.CreateVpcAsync(new() { Id = new() { Value = id }, TenantOrganizationId = Org, Metadata = new() { Name = "load" } }, cancellationToken: ct);
                acknowledged[id] = 0;
                if (id[0] is '0' or '1' or '2')
                {
                    // From the request on, it may or may not be there; from the answer on, it must not.
                    acknowledged.TryRemove(id, out _);
                    await core.DeleteVpcAsync(new() { Id = new() { Value = id } }, cancellationToken: ct);
                    deleted[id] = 0;
                }
            }
            catch (RpcException)
            {
                return;
            }
        }
    }

    private static async Task Check(Forge.ForgeClient core, ConcurrentDictionary<string, byte> acknowledged, ConcurrentDictionary<string, byte> deleted)
    {
        var present = (await core.FindVpcIdsAsync(new())).VpcIds.Select(id => id.Value).ToHashSet();
        Assert.Empty(acknowledged.Keys.Except(present));
        Assert.Empty(deleted.Keys.Intersect(present));
        foreach (var chunk in present.Chunk(100))
        {
            var vpcs = (await core.FindVpcsByIdsAsync(new() { VpcIds = { chunk.Select(id => new VpcId { Value = id }) } })).Vpcs;
            Assert.Equal(chunk.Length, vpcs.Count);
            Assert.Equal(vpcs.Count, vpcs.Select(vpc => vpc.Status.Vni).Distinct().Count());
        }
    }

    private SimulatorOptions Options() => new() { SiteName = "sim-test", Speed = 1, StateFolder = _folder };

    private Task<TestSite> Kept(FakeTimeProvider clock, long compactAt = 8 << 20) =>
        Start(options => options with { StateFolder = _folder, CompactAt = compactAt }, clock);

    private Process StartProcess(long compactAt) => Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Nico.Tests.Simulator"))
    {
        ArgumentList = { "simulate", _folder, compactAt.ToString() },
        RedirectStandardOutput = true,
        RedirectStandardInput = true,
    })!;

    /// <summary>All that a site shows, as text that can be compared.</summary>
    private sealed record Snapshot(string Text)
    {
        public static Snapshot Of(TestSite site)
        {
            var objects = site.Site.Tenants.Select(tenant => tenant.ToString())
                .Concat(site.Site.Vpcs.Select(vpc => vpc.ToString()))
                .Concat(site.Site.VpcPrefixes.Select(prefix => prefix.ToString()))
                .Concat(site.Site.Segments.Select(segment => segment.ToString()))
                .Concat(site.Site.Instances.Select(instance => instance.ToString()))
                .Concat(site.Site.MachineIds.Select(id => site.Site.Machine(id)!.ToString()));
            return new(string.Join('\n', objects.Order(StringComparer.Ordinal)));
        }
    }
}
