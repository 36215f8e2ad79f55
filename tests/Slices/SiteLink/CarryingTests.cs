using System.Diagnostics;
using Grpc.Core;
using Nico.SharedKernel;
using Nico.SiteLink;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>A request carries its own command. spec/README.md, point 3; spec/60-site-link.md, section 11.</summary>
public sealed class CarryingTests(TestHost host)
{
    [Fact]
    public async Task The_request_has_the_site_s_answer_when_it_ends()
    {
        await using var world = await LinkWorld.Make(host);
        var id = await world.Create();
        Assert.Equal("Ready", await world.Status(id));
        Assert.Equal(1, world.Site.Count("CreateVpc", id));
        Assert.Equal(["Accepted"], await world.Outcomes(id));
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument, 400)]
    [InlineData(StatusCode.OutOfRange, 400)]
    [InlineData(StatusCode.PermissionDenied, 403)]
    [InlineData(StatusCode.NotFound, 404)]
    [InlineData(StatusCode.AlreadyExists, 409)]
    [InlineData(StatusCode.FailedPrecondition, 412)]
    [InlineData(StatusCode.Unimplemented, 501)]
    public async Task A_refusal_in_time_is_the_request_s_answer_and_leaves_no_trace(StatusCode code, int status)
    {
        await using var world = await LinkWorld.Make(host);
        world.Site.Refuse("CreateVpc", code, "not that one");
        var problem = await Assert.ThrowsAsync<Problem>(() => world.Create(id: "x"));
        Assert.Equal(status, problem.Status);
        Assert.Contains("not that one", problem.Message);
        Assert.Null(await world.Status("x"));
        Assert.Equal([$"Create x sent", $"Create x refused {status} at once"], world.Probe.Told);
        Assert.Equal(1, world.Site.Count("CreateVpc"));
        Assert.Equal(["Refused"], await world.Outcomes("x"));
        Assert.Empty(await world.Log(SiteCommandState.Dead));
    }

    [Fact]
    public async Task No_answer_in_time_is_no_error_and_the_attempt_goes_on()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(300));
        var answer = new TaskCompletionSource();
        world.Site.Before("CreateVpc", () => answer.Task);
        var watch = Stopwatch.StartNew();
        await world.Create(id: "x");
        Assert.InRange(watch.ElapsedMilliseconds, 250, 2000);
        Assert.Equal("Pending", await world.Status("x"));
        answer.SetResult();
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "the site's answer is recorded");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
    }

    [Fact]
    public async Task A_client_that_goes_away_does_not_break_off_the_attempt()
    {
        await using var world = await LinkWorld.Make(host);
        using var gone = new CancellationTokenSource();
        world.Site.Before("CreateVpc", async () =>
        {
            await gone.CancelAsync();
            await Task.Delay(200);
        });
        await world.Order(SiteOperation.Create, "x", "a", gone: gone.Token);
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "the site's answer is recorded");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
    }

    [Fact]
    public async Task A_refusal_after_the_wait_shows_on_the_resource_and_is_kept_for_the_operator()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(200));
        world.Site.Before("CreateVpc", async () =>
        {
            await Task.Delay(600);
            throw new RpcException(new Status(StatusCode.InvalidArgument, "overlaps"));
        });
        await world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Status("x") == "Error", "the refusal shows");
        Assert.Contains("Create x refused 400", world.Probe.Told);
        var dead = Assert.Single(await world.Log(SiteCommandState.Dead));
        Assert.Equal(("InvalidArgument", "overlaps", "x"), (dead.ErrorCode, dead.Error, dead.ResourceId));
    }

    [Fact]
    public async Task Commands_of_one_request_go_out_together_and_share_its_wait()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromSeconds(10));
        string[] ids = ["a", "b", "c"];
        var arrived = 0;
        var together = new TaskCompletionSource();
        world.Site.Before("CreateVpc", () =>
        {
            if (Interlocked.Increment(ref arrived) == ids.Length)
            {
                together.SetResult();
            }

            return together.Task;
        });
        foreach (var id in ids)
        {
            await world.Row(id);
        }

        await world.OrderAll(background: false, commit: true, [.. ids.Select(id => world.CreateOf(id))]);
        Assert.Equal(["Ready", "Ready", "Ready"], await world.Rows<string>("select status from thing order by id"));
    }

    [Fact]
    public async Task A_command_that_was_rolled_back_was_never_there()
    {
        await using var world = await LinkWorld.Make(host);
        await world.OrderAll(background: false, commit: false, world.CreateOf("x"));
        Assert.Empty(await world.Log());
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal(0, world.Site.Count("CreateVpc"));
    }

    [Fact]
    public async Task Nothing_is_ordered_outside_a_transaction()
    {
        await using var world = await LinkWorld.Make(host);
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Process.InScope<ISiteCommands>(commands => commands.Enqueue(world.CreateOf("x"), default)));
    }

    [Fact]
    public async Task While_sites_are_called_no_connection_is_held()
    {
        await using var world = await LinkWorld.Make(host);
        var narrow = await world.Start(options => options.RequestWait = TimeSpan.FromSeconds(4), poolSize: 3);
        var answer = new TaskCompletionSource();
        world.Site.Before("CreateVpc", () => answer.Task);
        var requests = Enumerable.Range(0, 12).Select(i => world.Create(id: $"x{i}", by: narrow)).ToArray();
        await LinkWorld.Until(() => world.Site.Count("CreateVpc") == 12, "all twelve are at the site");
        var watch = Stopwatch.StartNew();
        Assert.Equal(12, await narrow.InScope<SharedKernel.Data.Db, long>(db => db.One<long>("select count(*) from thing", null, default)));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 1500);
        answer.SetResult();
        await Task.WhenAll(requests);
        Assert.Equal(12L, await world.Query<long>("select count(*) from thing where status = 'Ready'"));
    }
}
