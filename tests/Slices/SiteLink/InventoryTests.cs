using System.Diagnostics;
using Grpc.Core;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>Rounds: completeness, fence, removals, and what need not be applied. spec/60-site-link.md, sections 7, 8.1, 11 and 14.2.</summary>
public sealed class InventoryTests(TestHost host)
{
    [Fact]
    public async Task What_a_site_reports_is_read_in_chunks_of_what_it_allows()
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        world.Site.MaxFindByIds = 3;
        await Put(world, 10);
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 10, "all are applied");
        Assert.Equal(3, world.Site.LargestRead);
        Assert.True(world.Probe.Answered > 0);
    }

    [Fact]
    public async Task A_site_with_nothing_is_asked_for_no_objects_and_is_alive()
    {
        await using var world = await LinkWorld.Make(host, inventory: true);
        await LinkWorld.Until(() => world.Probe.Answered > 2, "rounds go on");
        Assert.Equal(0, world.Site.Count("FindVpcsByIds"));
    }

    [Fact]
    public async Task When_the_ids_cannot_be_read_nothing_changes()
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        await world.Row("x", "Ready", atSite: true);
        world.Site.Refuse("FindVpcIds", StatusCode.Internal);
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") > 5, "several rounds");
        Assert.Equal("Ready", await world.Status("x"));
        Assert.Equal(0, world.Probe.Answered);
        Assert.False(await world.Query<bool>("select is_complete from sitelink.round where kind = 'thing'"));
    }

    [Fact]
    public async Task When_a_chunk_cannot_be_read_the_others_are_applied_and_nothing_is_removed()
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        world.Site.MaxFindByIds = 2;
        await Put(world, 10);
        await world.Row("absent", "Ready", atSite: true);
        world.Site.Before("FindVpcsByIds", id => id is "x04"
            ? throw new RpcException(new Status(StatusCode.Internal, "boom"))
            : Task.CompletedTask);
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(() => world.Site.Count("FindVpcsByIds", "x04") > 4, "several rounds");
        Assert.Equal(8, await Count(world, "Seen"));
        Assert.Equal("Ready", await world.Status("absent"));

        world.Site.Behave();
        await LinkWorld.Until(async () => await world.Status("absent") == "Error", "complete rounds miss it");
        Assert.Equal(10, await Count(world, "Seen"));
    }

    [Fact]
    public async Task Two_complete_rounds_must_agree_before_anything_is_gone()
    {
        await using var world = await LinkWorld.Make(host, options => options.CallDeadline = TimeSpan.FromMinutes(1), connect: false, inventory: true);
        await world.Row("missing", "Ready", atSite: true);
        await world.Row("deleting", "Deleting", atSite: true);
        var gate = new SemaphoreSlim(0);
        world.Site.Before("FindVpcIds", () => gate.WaitAsync());
        await world.Connect(world.Site.Address);
        gate.Release();
        await LinkWorld.Until(async () => await world.Query<string>("select absent::text from sitelink.round where kind = 'thing'") is { } absent && absent.Contains("missing"), "one round is over");
        Assert.Equal("Ready", await world.Status("missing"));
        Assert.Equal("Deleting", await world.Status("deleting"));
        gate.Release();
        await LinkWorld.Until(async () => await world.Status("missing") == "Error", "it is flagged");
        Assert.Null(await world.Status("deleting"));
        gate.Release(1000);

        world.Site.Vpcs["missing"] = Make("missing");
        await LinkWorld.Until(async () => await world.Status("missing") == "Seen", "it is back");
        Assert.False(await world.Query<bool>("select is_missing from thing where id = 'missing'"));
    }

    [Fact]
    public async Task What_was_touched_after_the_ids_were_asked_for_is_left_alone()
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        world.Site.Before("FindVpcIds", async () =>
        {
            // Each round overlaps with a change of the row.
            await Task.Delay(30);
            await world.Execute("update thing set touched = clock_timestamp() where id = 'x'");
        });
        await world.Row("x", "Ready", atSite: true);
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") > 6, "several rounds");
        Assert.Equal("Ready", await world.Status("x"));
        world.Site.Behave();
        await LinkWorld.Until(async () => await world.Status("x") == "Error", "then it is missing");
    }

    [Fact]
    public async Task When_too_much_is_lost_at_once_it_takes_one_round_more()
    {
        // A round that waits must not run out of time: it would be recorded as one that failed.
        await using var world = await LinkWorld.Make(host, options => options.CallDeadline = TimeSpan.FromMinutes(1), inventory: true);
        await Put(world, 30);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 30, "all are applied");
        var gate = new SemaphoreSlim(0);
        var waiting = 0;
        world.Site.Before("FindVpcIds", () =>
        {
            Interlocked.Increment(ref waiting);
            return gate.WaitAsync();
        });
        await LinkWorld.Until(() => Volatile.Read(ref waiting) > 0, "a round waits");
        world.Site.Vpcs.Clear();
        var rounds = 0;
        while (await Count(world, "Error") == 0)
        {
            rounds++;
            var before = Volatile.Read(ref waiting);
            gate.Release();
            await LinkWorld.Until(() => Volatile.Read(ref waiting) > before, "the round is over and the next one waits");
            if (rounds == 2)
            {
                Assert.Equal(30, await world.Query<int>("select held from sitelink.round where kind = 'thing'"));
            }
        }

        Assert.Equal(3, rounds);
        Assert.Equal(30, await Count(world, "Error"));
        gate.Release(1000);
    }

    [Fact]
    public async Task A_few_or_a_small_part_are_believed_after_two_rounds()
    {
        await using var world = await LinkWorld.Make(host, inventory: true);
        await Put(world, 60);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 60, "all are applied");
        foreach (var id in world.Site.Vpcs.Keys.Take(11).ToArray())
        {
            world.Site.Vpcs.TryRemove(id, out _);
        }

        await LinkWorld.Until(async () => await Count(world, "Error") == 11, "the eleven of sixty are flagged");
        Assert.Equal(0, await world.Query<int>("select held from sitelink.round where kind = 'thing'"));
    }

    [Fact]
    public async Task What_is_reported_unchanged_is_not_applied_again_and_nothing_is_written()
    {
        await using var world = await LinkWorld.Make(host, options => options.FullInventoryPeriod = TimeSpan.FromDays(7), inventory: true);
        await Put(world, 5);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 5, "all are applied");
        await Rounds(world, 2);
        world.Probe.Applied.Clear();
        var written = await world.Query<string>("select string_agg(xmin::text, ',' order by object_id) from sitelink.seen");
        await Rounds(world, 4);
        Assert.Empty(world.Probe.Applied);
        Assert.Equal(written, await world.Query<string>("select string_agg(xmin::text, ',' order by object_id) from sitelink.seen"));

        var changed = Make("x03");
        changed.Version = "2";
        world.Site.Vpcs["x03"] = changed;
        await LinkWorld.Until(() => !world.Probe.Applied.IsEmpty, "the changed one is applied");
        await Rounds(world, 2);
        Assert.Equal(["x03"], Assert.Single(world.Probe.Applied));
    }

    [Fact]
    public async Task What_a_command_touched_is_applied_again_though_it_is_reported_unchanged()
    {
        await using var world = await LinkWorld.Make(host, options => options.FullInventoryPeriod = TimeSpan.FromDays(7), inventory: true);
        await Put(world, 3);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 3, "all are applied");
        await world.Reboot("x01");
        Assert.Equal("Configuring", await world.Status("x01"));
        await LinkWorld.Until(async () => await world.Status("x01") == "Seen", "it is applied after the command", 8);
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        world.Probe.Applied.Clear();
        await Rounds(world, 3);
        Assert.Empty(world.Probe.Applied);
    }

    [Fact]
    public async Task After_a_removal_or_a_deletion_everything_is_compared_once_more()
    {
        await using var world = await LinkWorld.Make(host, options => options.FullInventoryPeriod = TimeSpan.FromDays(7), inventory: true);
        await Put(world, 3);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 3, "all are applied");
        await Rounds(world, 2);
        world.Probe.Applied.Clear();
        world.Site.Vpcs.TryRemove("x00", out _);
        await LinkWorld.Until(async () => await world.Status("x00") == "Error", "it is flagged");
        await LinkWorld.Until(() => world.Probe.Applied.Any(ids => ids is ["x01", "x02"]), "the others are looked at");
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        world.Probe.Applied.Clear();
        await world.Delete("x01");
        await LinkWorld.Until(() => world.Probe.Applied.Any(ids => ids.Contains("x02")), "the one that is left is looked at");
    }

    [Fact]
    public async Task Now_and_then_everything_is_compared_again()
    {
        await using var world = await LinkWorld.Make(host, options => options.FullInventoryPeriod = TimeSpan.FromMilliseconds(600), inventory: true);
        await Put(world, 2);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 2, "all are applied");
        await world.Execute("update thing set status = 'Other' where id = 'x01'");
        await LinkWorld.Until(async () => await world.Status("x01") == "Seen", "it is put right");
    }

    [Fact]
    public async Task What_is_compared_again_is_spread_over_the_rounds()
    {
        await using var world = await LinkWorld.Make(host, options => options.FullInventoryPeriod = TimeSpan.FromSeconds(4), inventory: true);
        await Put(world, 40);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 40, "all are applied");
        world.Probe.Applied.Clear();
        await LinkWorld.Until(() => world.Probe.Applied.SelectMany(ids => ids).Distinct().Count() == 40, "all were compared again");
        Assert.True(world.Probe.Applied.Count > 3, $"in {world.Probe.Applied.Count} rounds");
    }

    [Fact]
    public async Task Unknown_objects_are_shown_until_they_are_known_or_gone()
    {
        await using var world = await LinkWorld.Make(host, options => options.FullInventoryPeriod = TimeSpan.FromDays(7), inventory: true);
        world.Site.Vpcs["known later"] = Make("known later");
        world.Site.Vpcs["gone later"] = Make("gone later");
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from sitelink.seen where is_drift") == 2, "both are drift");
        await world.Row("known later");
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from sitelink.seen where is_drift") == 1, "one is known");
        world.Site.Vpcs.TryRemove("gone later", out _);
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from sitelink.seen where is_drift") == 0, "the other is gone");
    }

    [Fact]
    public async Task What_is_back_after_its_deletion_is_deleted_again()
    {
        await using var world = await LinkWorld.Make(host, options => options.DeleteAgain = TimeSpan.FromMilliseconds(400), inventory: true);
        var id = await world.Create();
        world.Site.Vpcs["not ours"] = Make("not ours");
        await world.Delete(id);
        await Rounds(world, 5);
        Assert.Equal(1, world.Site.Count("DeleteVpc", id));
        world.Site.Vpcs[id] = Make(id);
        await LinkWorld.Until(() => !world.Site.Vpcs.ContainsKey(id), "it is gone");
        Assert.Equal(2, world.Site.Count("DeleteVpc", id));
        Assert.Equal(["Accepted", "Accepted"], await world.Settled(id));
        Assert.True(world.Site.Vpcs.ContainsKey("not ours"));
    }

    [Fact]
    public async Task A_deletion_that_is_carried_out_again_and_refused_changes_nothing()
    {
        await using var world = await LinkWorld.Make(host, options => options.DeleteAgain = TimeSpan.FromMilliseconds(100), inventory: true);
        var id = await world.Create();
        await world.Delete(id);
        world.Site.Refuse("DeleteVpc", StatusCode.FailedPrecondition);
        await world.Row(id, "Deleting", atSite: true);
        world.Site.Vpcs[id] = Make(id);
        await LinkWorld.Until(() => world.Site.Count("DeleteVpc", id) > 2, "it is tried more than once");
        Assert.Equal("Deleting", await world.Status(id));
        Assert.Empty(await world.Log(SiteCommandState.Dead));
        Assert.DoesNotContain(world.Probe.Told, told => told.StartsWith($"Delete {id} refused", StringComparison.Ordinal));
        world.Site.Behave();
        await LinkWorld.Until(async () => await world.Status(id) is null, "it is gone");
        Assert.False(world.Site.Vpcs.ContainsKey(id));
    }

    [Fact]
    public async Task An_object_that_vanishes_between_ids_and_chunk_is_no_error()
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        await Put(world, 2);
        world.Site.Ghosts.Add("ghost");
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 2, "the others are applied");
        await LinkWorld.Until(async () => await world.Query<bool>("select is_complete from sitelink.round where kind = 'thing'"), "the round is complete");
    }

    [Fact]
    public async Task One_object_that_cannot_be_applied_keeps_back_only_itself()
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        await Put(world, 20);
        world.Probe.Poison = "x07";
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 19, "the others are applied");
        await LinkWorld.Until(async () => await world.Query<int>("select failed from sitelink.round where kind = 'thing'") == 1, "it is counted");
        world.Probe.Poison = null;
        await LinkWorld.Until(async () => await Count(world, "Seen") == 20, "it is applied");
    }

    [Fact]
    public async Task A_kind_that_the_site_does_not_serve_stops_no_other()
    {
        await using var world = await LinkWorld.Make(host, inventory: true);
        await Put(world, 1);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 1, "things are read");
        await LinkWorld.Until(
            async () => await world.Query<string?>("select error from sitelink.round where kind = 'unserved'") == "Unimplemented", "the other kind is said not to be served");
    }

    [Fact]
    public async Task One_of_several_processes_reads_a_site_and_another_follows_when_it_is_gone()
    {
        await using var world = await LinkWorld.Make(host, options => options.InventoryPeriod = TimeSpan.FromMilliseconds(500), inventory: true);
        var second = await world.Start(options => options.InventoryPeriod = TimeSpan.FromMilliseconds(500), inventory: true);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var before = world.Site.Count("FindVpcIds");
        var watch = Stopwatch.StartNew();
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") >= before + 10, "rounds go on");
        Assert.InRange(world.Site.Count("FindVpcIds") - before, 10, (watch.Elapsed / TimeSpan.FromMilliseconds(500)) + 2);

        await second.Stop();
        before = world.Site.Count("FindVpcIds");
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") > before + 2, "rounds go on");

        // A process that dies within a round leaves its lease behind.
        await world.Execute("update sitelink.poll set holder = gen_random_uuid(), due = now() + interval '1 second'");
        before = world.Site.Count("FindVpcIds");
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") > before + 2, "rounds go on after its end");
    }

    [Fact]
    public async Task A_process_that_was_held_up_does_not_write_over_what_another_has_read_since()
    {
        // Nothing is compared again within the test: what is applied by the first process is what it had read before.
        void Rarely(SiteLinkOptions options) => (options.FullInventoryPeriod, options.CallDeadline) = (TimeSpan.FromDays(7), TimeSpan.FromMinutes(1));
        await using var world = await LinkWorld.Make(host, Rarely, connect: false, inventory: true);
        await world.Row("x", "Ready", atSite: true);
        world.Site.Vpcs["x"] = Make("x");
        var late = new TaskCompletionSource();
        var isHeldUp = new TaskCompletionSource();
        world.Site.After("FindVpcsByIds", () =>
        {
            isHeldUp.TrySetResult();
            return late.Task;
        }, times: 1);
        await world.Connect(world.Site.Address);
        await isHeldUp.Task;

        world.Site.Vpcs["x"] = new Vpc(Make("x")) { Version = "2" };
        var other = await world.Start(Rarely, inventory: true);
        await world.Execute("update sitelink.poll set holder = gen_random_uuid(), due = now()");
        await LinkWorld.Until(() => !other.Probe.Applied.IsEmpty, "the other process has read the site");
        var rounds = world.Site.Count("FindVpcIds");
        late.SetResult();
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") > rounds + 3, "rounds go on");
        Assert.Empty(world.Probe.Applied);
    }

    [Fact]
    public async Task A_site_is_read_at_most_half_of_the_time_and_one_round_at_a_time()
    {
        await using var world = await LinkWorld.Make(host, inventory: true);
        world.Site.Before("FindVpcIds", () => Task.Delay(600));
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") > 0, "rounds have begun");
        var before = world.Site.Count("FindVpcIds");
        var watch = Stopwatch.StartNew();
        await LinkWorld.Until(() => world.Site.Count("FindVpcIds") >= before + 6, "rounds go on");
        Assert.InRange(world.Site.Count("FindVpcIds") - before, 6, (watch.Elapsed / TimeSpan.FromMilliseconds(1200)) + 1);
        Assert.Equal(1, world.Site.Concurrency["FindVpcIds"]);
    }

    [Fact]
    public async Task A_command_that_succeeds_brings_the_next_round_forward()
    {
        await using var world = await LinkWorld.Make(host, options => options.InventoryPeriod = TimeSpan.FromSeconds(30), inventory: true);
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from sitelink.round where kind = 'thing'") == 1, "the first round is over");
        await world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Status("x") == "Seen", "it is read long before the period ends", 20);
    }

    private static Task<long> Count(LinkWorld world, string status) =>
        world.Query<long>("select count(*) from thing where status = @status", new { status });

    private static Vpc Make(string id) => new() { Id = new() { Value = id }, Name = id, Version = "1", Metadata = new() { Name = id } };

    /// <summary>So many things that are at the site and in the database.</summary>
    private static async Task Put(LinkWorld world, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await world.Row($"x{i:00}", "Ready", atSite: true);
            world.Site.Vpcs[$"x{i:00}"] = Make($"x{i:00}");
        }
    }

    /// <summary>Lets so many rounds pass.</summary>
    private static Task Rounds(LinkWorld world, int count)
    {
        var until = world.Probe.Answered + count + 1;
        return LinkWorld.Until(() => world.Probe.Answered >= until, "rounds pass");
    }
}
