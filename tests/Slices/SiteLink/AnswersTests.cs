using Grpc.Core;
using Nico.SharedKernel;
using Nico.SiteLink;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>What answers mean, and lost ones. spec/60-site-link.md, sections 5 and 14.1.</summary>
public sealed class AnswersTests(TestHost host)
{
    [Theory]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.AlreadyExists)]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.Unknown)]
    public async Task A_create_that_fails_after_it_took_effect_is_found_and_done(StatusCode code)
    {
        await using var world = await LinkWorld.Make(host);
        world.Site.After("CreateVpc", () => throw new RpcException(new Status(code, "lost")));
        await world.Create(id: "x");
        Assert.Equal("Ready", await world.Status("x"));
        Assert.Equal(1, world.Site.Count("CreateVpc"));
        Assert.Equal(["Found"], await world.Outcomes("x"));
    }

    [Fact]
    public async Task A_lost_connection_after_the_effect_leads_to_a_look_and_not_to_a_second_create()
    {
        await using var world = await LinkWorld.Make(host);
        world.Site.After("CreateVpc", () => throw new RpcException(new Status(StatusCode.Unavailable, "connection reset")), times: 1);
        await world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is found");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
        Assert.Equal(["Found"], await world.Outcomes("x"));
    }

    [Fact]
    public async Task An_answer_after_the_deadline_leads_to_a_look()
    {
        await using var world = await LinkWorld.Make(host, options =>
        {
            options.CallDeadline = TimeSpan.FromMilliseconds(400);
            options.RequestWait = TimeSpan.FromSeconds(3);
        });
        world.Site.After("CreateVpc", () => Task.Delay(1500), times: 1);
        await world.Create(id: "x");
        Assert.Equal("Ready", await world.Status("x"));
        Assert.Equal(1, world.Site.Count("CreateVpc"));
    }

    [Fact]
    public async Task A_delete_of_what_is_not_there_is_done()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "x");
        world.Site.Vpcs.Clear();
        await world.Delete("x");
        Assert.Null(await world.Status("x"));
        Assert.Equal(["Accepted", "Found"], await world.Outcomes("x"));
    }

    [Fact]
    public async Task A_delete_that_fails_with_the_object_gone_is_done_and_with_the_object_there_it_is_tried_again()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "gone");
        await world.Create(id: "there");
        world.Site.After("DeleteVpc", () => throw new RpcException(new Status(StatusCode.Internal, "boom")));
        await world.Delete("gone");
        Assert.Null(await world.Status("gone"));
        Assert.Equal(1, world.Site.Count("DeleteVpc", "gone"));

        world.Site.Behave();
        world.Site.Refuse("DeleteVpc", StatusCode.Internal, times: 2);
        await world.Delete("there");
        await LinkWorld.Until(async () => await world.Status("there") is null, "the third attempt succeeds");
        Assert.Equal(3, world.Site.Count("DeleteVpc", "there"));
    }

    [Fact]
    public async Task A_refused_delete_is_final()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "x");
        world.Site.Refuse("DeleteVpc", StatusCode.FailedPrecondition, "in use");
        Assert.Equal(412, (await Assert.ThrowsAsync<Problem>(() => world.Delete("x"))).Status);
        Assert.Contains("Delete x refused 412 at once", world.Probe.Told);
    }

    [Fact]
    public async Task An_update_of_what_is_not_there_is_final()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "x");
        world.Site.Vpcs.Clear();
        Assert.Equal(404, (await Assert.ThrowsAsync<Problem>(() => world.Update("x", "b"))).Status);
    }

    [Fact]
    public async Task A_site_that_fails_again_and_again_is_given_up_and_no_request_hears_of_it()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromSeconds(4));
        world.Site.Refuse("CreateVpc", StatusCode.Internal, "broken");
        await world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Status("x") == "Error", "it is given up");
        Assert.Equal(5, world.Site.Count("CreateVpc"));
        Assert.Contains("Create x refused 500", world.Probe.Told);
        Assert.Equal("GivenUp", Assert.Single(await world.Log(SiteCommandState.Dead)).Outcome);
    }

    [Fact]
    public async Task A_deletion_ends_what_was_dead_of_its_resource()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.Zero);
        world.Site.Refuse("CreateVpc", StatusCode.InvalidArgument);
        await world.Create(id: "x");
        await world.Create(id: "y");
        await LinkWorld.Until(async () => await world.Status("x") == "Error" && await world.Status("y") == "Error", "both are dead");
        await world.Delete("x");
        await LinkWorld.Until(async () => await world.Status("x") is null, "it is gone");
        Assert.Equal("y", Assert.Single(await world.Log(SiteCommandState.Dead)).ResourceId);
        Assert.Equal("Replaced", (await world.Outcomes("x"))[0]);
    }

    [Fact]
    public async Task An_empty_pool_is_final_after_a_few_attempts()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromSeconds(4));
        world.Site.Refuse("CreateVpc", StatusCode.ResourceExhausted, "no VNI left");
        var problem = await Assert.ThrowsAsync<Problem>(() => world.Create(id: "x"));
        Assert.Equal(400, problem.Status);
        Assert.Contains("no VNI left", problem.Message);
        Assert.Equal(3, world.Site.Count("CreateVpc"));
        Assert.Null(await world.Status("x"));
    }

    [Fact]
    public async Task A_reboot_whose_answer_is_lost_is_looked_for_and_sent_again_only_then()
    {
        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "x");
        var before = world.Site.Count("FindVpcsByIds");
        world.Site.After("InvokeInstancePower", () => throw new RpcException(new Status(StatusCode.Unavailable, "reset")), times: 1);
        await world.Reboot("x");
        await LinkWorld.Until(async () => (await world.Outcomes("x"))[^1] == "Accepted", "it is sent again");
        Assert.Equal(2, world.Probe.Reboots("x").Count);
        Assert.True(world.Site.Count("FindVpcsByIds") > before);
    }

    [Fact]
    public async Task A_handler_that_fails_harms_only_its_own_command()
    {
        await using var world = await LinkWorld.Make(host);
        world.Probe.SendFails = new FormatException("the row makes no sense");
        await world.Create(id: "bad");
        await LinkWorld.Until(async () => (await world.Outcomes("bad"))[0] == "Dead", "it is given up");
        world.Probe.SendFails = null;
        await world.Create(id: "good");
        Assert.Equal("Ready", await world.Status("good"));
        var dead = Assert.Single(await world.Log(SiteCommandState.Dead));
        Assert.Equal(("FormatException", "the row makes no sense", 5), (dead.ErrorCode, dead.Error, dead.Attempts));
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_not_sent_again_but_found()
    {
        await using var world = await LinkWorld.Make(host);
        world.Probe.RecordFails = new FormatException("no column for that");
        var request = world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Query<int>("select strikes from sitelink.command") > 0, "recording has failed");
        world.Probe.RecordFails = null;
        await request;
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is recorded");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
        Assert.Equal(["Found"], await world.Outcomes("x"));
    }

    [Fact]
    public async Task A_handler_that_can_never_record_does_not_go_on_for_ever()
    {
        await using var world = await LinkWorld.Make(host);
        world.Probe.RecordFails = new FormatException("no column for that");
        await world.Create(id: "x");
        await LinkWorld.Until(async () => (await world.Outcomes("x"))[0] == "Dead", "it is given up");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
    }

    [Fact]
    public async Task A_kind_that_nobody_handles_dies_with_that_reason()
    {
        await using var world = await LinkWorld.Make(host);
        await world.OrderAll(background: true, commit: true, world.CreateOf("x", kind: "nonsense"));
        await LinkWorld.Until(async () => (await world.Outcomes("x"))[0] == "Dead", "it is given up");
        Assert.Equal("NoHandler", Assert.Single(await world.Log(SiteCommandState.Dead)).ErrorCode);
    }
}
