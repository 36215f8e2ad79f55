using Grpc.Core;
using Nico.SiteLink;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>Lanes, dependencies, takeovers and sites that are away. spec/60-site-link.md, section 11.</summary>
public sealed class QueueTests(TestHost host)
{
    [Fact]
    public async Task What_was_ordered_while_the_site_was_away_goes_through_once_when_it_is_back()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(200));
        await world.Site.Pause();
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.Create()));
        Assert.Equal(20L, await world.Query<long>("select count(*) from thing where status = 'Pending'"));
        await world.Site.Resume();
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from thing where status = 'Ready'") == 20, "all are at the site");
        Assert.All(ids, id => Assert.Equal(1, world.Site.Count("CreateVpc", id)));
    }

    [Fact]
    public async Task What_is_deleted_before_its_create_could_be_sent_never_concerns_the_site()
    {
        await using var world = await LinkWorld.Make(host);
        await world.CutOff();
        await world.Create(id: "x");
        await world.Update("x", "b");
        await world.Delete("x");
        Assert.Null(await world.Status("x"));
        Assert.Equal(["Replaced", "Replaced", "NeverSent"], await world.Outcomes("x"));
        Assert.Contains("Delete x succeeded with nothing", world.Probe.Told);
        await world.Site.Resume();
        await world.Create(id: "y");
        await LinkWorld.Until(async () => await world.Status("y") == "Ready", "the site is back");
        Assert.DoesNotContain(world.Site.Calls, call => call.Id == "x");
    }

    [Fact]
    public async Task An_update_and_a_delete_ordered_while_the_site_was_away_are_one_delete()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "x");
        await world.CutOff();
        await world.Update("x", "b");
        await world.Delete("x");
        await world.Site.Resume();
        await LinkWorld.Until(async () => await world.Status("x") is null, "it is deleted");
        Assert.Equal((0, 1), (world.Site.Count("UpdateVpc"), world.Site.Count("DeleteVpc")));
        Assert.Equal(["Accepted", "Replaced", "Accepted"], await world.Outcomes("x"));
    }

    [Fact]
    public async Task Updates_ordered_while_the_site_was_away_are_one_with_the_newest_state()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "x");
        await world.CutOff();
        await world.Update("x", "b");
        await world.Update("x", "c");
        await world.Update("x", "d");
        await world.Site.Resume();
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is sent");
        Assert.Equal(1, world.Site.Count("UpdateVpc"));
        Assert.Equal("d", world.Site.Vpcs["x"].Name);
    }

    [Fact]
    public async Task Reboots_are_never_merged()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(200));
        await world.Create(id: "x");
        await world.Site.Pause();
        await world.Reboot("x");
        await world.Update("x", "b");
        await world.Reboot("x");
        await world.Site.Resume();
        await LinkWorld.Until(async () => (await world.Outcomes("x")).All(outcome => outcome == "Accepted"), "all are sent");
        Assert.Equal(
            ["CreateVpc", "InvokeInstancePower", "UpdateVpc", "InvokeInstancePower"],
            world.Site.Calls.Where(call => call.Id == "x" && call.Rpc != "FindVpcsByIds").Select(call => call.Rpc));
    }

    [Fact]
    public async Task A_lane_has_one_command_at_the_site_at_a_time_and_in_order()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(50));
        var other = await world.Start();
        world.Site.Before("CreateVpc", () => Task.Delay(300));
        world.Site.Before("InvokeInstancePower", () => Task.Delay(50));
        await world.Create(id: "x");
        for (var i = 0; i < 6; i++)
        {
            await world.Order(SiteOperation.Reboot, "x", null, i % 2 == 0 ? world.Process : other, i > 3, gone: TestContext.Current.CancellationToken);
        }

        await LinkWorld.Until(async () => (await world.Outcomes("x")).All(outcome => outcome == "Accepted"), "all are done");
        Assert.Equal(1, world.Site.Concurrency["x"]);
        Assert.Equal("CreateVpc", world.Site.Calls.First(call => call.Id == "x").Rpc);
        Assert.Equal(6, world.Site.Count("InvokeInstancePower"));
    }

    [Fact]
    public async Task A_command_waits_for_what_it_comes_after_within_the_same_wait()
    {
        await using var world = await LinkWorld.Make(host);
        world.Site.Before("CreateVpc", () => Task.Delay(400), times: 1);
        var first = world.Create(id: "vpc");
        await LinkWorld.Until(() => world.Site.Count("CreateVpc", "vpc") == 1, "the first is under way");
        await world.Create(id: "prefix", after: (Things.Kind, "vpc"));
        Assert.Equal("Ready", await world.Status("prefix"));
        await first;
        Assert.Equal(["vpc", "prefix"], world.Site.Calls.Where(call => call.Rpc == "CreateVpc").Select(call => call.Id));
    }

    [Fact]
    public async Task When_what_it_comes_after_takes_longer_it_is_left_to_the_background()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(200));
        world.Site.Before("CreateVpc", () => Task.Delay(1000), times: 1);
        await world.Create(id: "vpc");
        await world.Create(id: "prefix", after: (Things.Kind, "vpc"));
        Assert.Equal(0, world.Site.Count("CreateVpc", "prefix"));
        await LinkWorld.Until(async () => await world.Status("prefix") == "Ready", "it follows");
        Assert.Equal("Ready", await world.Status("vpc"));
    }

    [Fact]
    public async Task A_dead_dependency_holds_nobody()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(100));
        world.Site.Before("CreateVpc", async () =>
        {
            await Task.Delay(300);
            throw new RpcException(new Status(StatusCode.InvalidArgument, "no"));
        }, times: 1);
        await world.Create(id: "vpc");
        await world.Create(id: "prefix", after: (Things.Kind, "vpc"));
        await LinkWorld.Until(async () => await world.Status("prefix") == "Ready", "it goes on");
        Assert.Equal("Error", await world.Status("vpc"));
    }

    [Theory]
    [InlineData(true, 0, "Found")]
    [InlineData(false, 1, "Accepted")]
    public async Task What_a_crashed_process_left_is_taken_over_and_looked_for_first(bool hadArrived, int sent, string outcome)
    {
        await using var world = await LinkWorld.Make(host);
        await world.Row("x");
        if (hadArrived)
        {
            world.Site.Vpcs["x"] = new() { Id = new() { Value = "x" }, Metadata = new() { Name = "a" } };
        }

        // What a process leaves that is killed between sending and recording.
        await world.Execute(
            """
            insert into sitelink.command
              (id, site_id, kind, resource_id, operation, after_kinds, after_ids, needs_site, state, attempts, holder, due, created, sent)
            values (gen_random_uuid(), @SiteId, 'thing', 'x', 'Create', '{}', '{}', true, 'Sending', 1, gen_random_uuid(), now() + interval '600 ms', now(), now())
            """, new { world.SiteId });
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal(["Sending"], await world.Outcomes("x"));
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is taken over");
        Assert.Equal([outcome], await world.Outcomes("x"));
        Assert.Equal(sent, world.Site.Count("CreateVpc"));
        Assert.Equal("FindVpcsByIds", world.Site.Calls.First(call => call.Id == "x").Rpc);
    }

    [Fact]
    public async Task What_a_request_wrote_and_never_began_is_taken_up_by_another_process()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Row("x");

        // What a process leaves that is killed between commit and sending.
        await world.Execute(
            """
            insert into sitelink.command (id, site_id, kind, resource_id, operation, after_kinds, after_ids, needs_site, state, due, created)
            values (gen_random_uuid(), @SiteId, 'thing', 'x', 'Create', '{}', '{}', true, 'Pending', now() + interval '500 ms', now())
            """, new { world.SiteId });
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is taken up");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
    }

    [Fact]
    public async Task A_long_call_keeps_its_lease()
    {
        await using var world = await LinkWorld.Make(host, options => options.Lease = TimeSpan.FromMilliseconds(600));
        await world.Start(options => options.Lease = TimeSpan.FromMilliseconds(600));
        world.Site.Before("CreateVpc", () => Task.Delay(1800), times: 1);
        await world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is done");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
        Assert.Equal(1, await world.Query<int>("select attempts from sitelink.command"));
    }

    [Fact]
    public async Task An_outcome_that_comes_after_a_takeover_is_not_recorded()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(100));
        var answer = new TaskCompletionSource();
        world.Site.Before("CreateVpc", () => answer.Task, times: 1);
        await world.Create(id: "x");
        await world.Execute("update sitelink.command set attempts = attempts + 1, holder = gen_random_uuid(), due = now() + interval '1 h'");
        answer.SetResult();
        await LinkWorld.Until(() => world.Probe.Told.Contains("Create x succeeded"), "the handler has run");
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal("Pending", await world.Status("x"));
        Assert.Equal(["Sending"], await world.Outcomes("x"));
    }

    [Fact]
    public async Task Several_processes_share_the_work_and_do_nothing_twice()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Start();
        await world.Start();
        for (var i = 0; i < 150; i++)
        {
            await world.Row($"x{i}");
        }

        await world.OrderAll(background: true, commit: true, [.. Enumerable.Range(0, 150).Select(i => world.CreateOf($"x{i}"))]);
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from thing where status = 'Ready'") == 150, "all are done", 30);
        Assert.Equal(150, world.Site.Count("CreateVpc"));
        Assert.Equal(150L, await world.Query<long>("select count(*) from sitelink.command where attempts = 1 and outcome = 'Accepted'"));
    }

    [Fact]
    public async Task No_more_than_so_many_calls_at_once()
    {
        await using var world = await LinkWorld.Make(host, options =>
        {
            options.MaxCallsPerSite = 3;
            options.RequestWait = TimeSpan.FromMilliseconds(100);
        });
        var (now, most) = (0, 0);
        world.Site.Before("CreateVpc", async () =>
        {
            var count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            await Task.Delay(30);
            Interlocked.Decrement(ref now);
        });
        for (var i = 0; i < 30; i++)
        {
            await world.Row($"x{i}");
        }

        await world.OrderAll(background: true, commit: true, [.. Enumerable.Range(0, 30).Select(i => world.CreateOf($"x{i}"))]);
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from thing where status = 'Ready'") == 30, "all are done");
        Assert.InRange(most, 2, 3);
    }

    [Fact]
    public async Task A_site_that_is_away_is_only_probed_and_requests_do_not_wait_for_it()
    {
        await using var world = await LinkWorld.Make(host);
        world.Site.Refuse("CreateVpc", StatusCode.Unavailable);
        world.Site.Refuse("Version", StatusCode.Unavailable);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => world.Create(id: $"x{i}")));
        await LinkWorld.Until(() => world.Site.Count("Version") > 0, "it is probed");
        var calls = world.Site.Count("CreateVpc");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await world.Create(id: "late");
        Assert.InRange(watch.ElapsedMilliseconds, 0, 800);
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.Equal(calls, world.Site.Count("CreateVpc"));
        Assert.InRange(world.Site.Count("Version"), 2, 12);

        world.Site.Behave();
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from thing where status = 'Ready'") == 11, "all go through", 5);
        Assert.Equal(11, world.Site.Vpcs.Count);
    }

    [Fact]
    public async Task A_stopping_process_lets_calls_finish_and_gives_back_the_rest()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(100));
        var other = await world.Start(options => options.RequestWait = TimeSpan.FromMilliseconds(100));
        world.Site.Before("CreateVpc", () => Task.Delay(400), times: 1);
        await world.Create(id: "short", by: other);
        var never = new TaskCompletionSource();
        world.Site.Before("InvokeInstancePower", () => never.Task, times: 1);
        world.Site.Vpcs["long"] = new() { Id = new() { Value = "long" }, Metadata = new() { Name = "a" } };
        await world.Row("long");
        await world.Reboot("long", by: other);
        await other.Stop();

        Assert.Equal("Ready", await world.Status("short"));
        await LinkWorld.Until(async () => (await world.Outcomes("long"))[0] == "Accepted", "another process carries it on at once", 1.5);
        Assert.Equal(2, world.Site.Count("InvokeInstancePower"));
        never.SetResult();
    }

    [Fact]
    public async Task Commands_of_a_site_that_is_not_connected_wait_until_it_is()
    {
        await using var world = await LinkWorld.Make(host, connect: false);
        await world.Create(id: "x");
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal("Pending", await world.Status("x"));
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it goes through");
    }

    [Fact]
    public async Task What_is_done_long_enough_is_tidied_away_and_what_is_dead_stays()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "old");
        await world.Create(id: "new");
        world.Site.Refuse("UpdateVpc", StatusCode.Internal);
        await world.Update("old", "b");
        await LinkWorld.Until(async () => (await world.Log(SiteCommandState.Dead)).Count == 1, "one is dead");
        await world.Execute("update sitelink.command set closed = closed - interval '2 days' where resource_id = 'old'");
        await world.Start();
        await LinkWorld.Until(async () => (await world.Outcomes("old")) is ["Dead"], "the old one is gone");
        Assert.Equal(["Accepted"], await world.Outcomes("new"));
    }

    private static void InterlockedMax(ref int most, int count)
    {
        for (var seen = Volatile.Read(ref most); seen < count; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, count, seen);
        }
    }
}
