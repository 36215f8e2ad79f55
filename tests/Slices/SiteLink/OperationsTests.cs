using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SharedKernel;
using Nico.SiteLink;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>What an operator sees of the link, and can do.</summary>
public sealed class OperationsTests(TestHost host)
{
    [Fact]
    public async Task A_dead_command_is_listed_and_goes_through_when_it_is_tried_again()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.Zero);
        world.Site.Refuse("CreateVpc", StatusCode.FailedPrecondition, "routing profile too broad");
        await world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Status("x") == "Error", "it is dead");
        world.Site.Behave();

        using var http = new HttpClient { BaseAddress = world.Process.Address };
        var listed = Assert.Single((await Get(http, "/ops/site-commands?state=dead")).AsArray())!;
        Assert.Equal("routing profile too broad", listed["error"].Text());
        Assert.Equal("Dead", listed["state"].Text());
        Assert.Null(listed["arguments"]);
        var id = listed["id"].Text();

        var (status, again) = await Post(http, $"/ops/site-commands/{id}/retry");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEqual("Dead", again["state"].Text());
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it goes through");
        Assert.Empty((await Get(http, "/ops/site-commands?state=dead")).AsArray());
        Assert.Equal(HttpStatusCode.Conflict, (await Post(http, $"/ops/site-commands/{id}/retry")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Post(http, $"/ops/site-commands/{Guid.NewGuid()}/retry")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Post(http, "/ops/site-commands/nonsense/retry")).Status);
    }

    [Fact]
    public async Task The_list_is_paged_and_filtered_and_refuses_nonsense()
    {
        await using var world = await LinkWorld.Make(host);
        foreach (var id in new[] { "a", "b", "c" })
        {
            await world.Create(id: id);
        }

        using var http = new HttpClient { BaseAddress = world.Process.Address };
        var first = (await Get(http, $"/ops/site-commands?siteId={world.SiteId}&pageSize=2&state=Done")).AsArray();
        Assert.Equal(["c", "b"], first.Select(entry => entry!["resourceId"].Text()));
        var second = (await Get(http, $"/ops/site-commands?pageSize=2&after={first[1]!["id"].Text()}")).AsArray();
        Assert.Equal(["a"], second.Select(entry => entry!["resourceId"].Text()));
        Assert.Empty((await Get(http, $"/ops/site-commands?siteId={Guid.NewGuid()}")).AsArray());
        foreach (var nonsense in new[] { "state=Lost", "state=3", "siteId=x", "pageSize=0", "pageSize=201", "pageSize=many", "after=x" })
        {
            using var answer = await http.GetAsync("/ops/site-commands?" + nonsense, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_sites_are_shown_with_their_state()
    {
        await using var world = await LinkWorld.Make(host, inventory: true);
        world.Site.Vpcs["stranger"] = new() { Id = new() { Value = "stranger" }, Metadata = new() { Name = "s" } };
        using var http = new HttpClient { BaseAddress = world.Process.Address };
        JsonNode site = JsonValue.Create(0);
        await LinkWorld.Until(
            async () =>
            {
                site = Assert.Single((await Get(http, "/ops/sites")).AsArray())!;
                return site["kinds"]!.AsArray().Any(kind => kind!["kind"].Text() == "thing" && kind["driftCount"].Number() == 1);
            },
            "the stranger is shown");
        Assert.Equal(world.SiteId, site["siteId"].Id());
        Assert.True(site["answers"].Flag());
        var thing = site["kinds"]!.AsArray().Single(kind => kind!["kind"].Text() == "thing")!;
        Assert.Equal(["stranger"], thing["drift"]!.AsArray().Select(drift => drift!["id"].Text()));
        Assert.True(thing["isComplete"].Flag());
        Assert.Equal("Unimplemented", site["kinds"]!.AsArray().Single(kind => kind!["kind"].Text() == "unserved")!["error"].Text());

        await world.Site.Pause();
        await LinkWorld.Until(
            async () => !(site = Assert.Single((await Get(http, "/ops/sites")).AsArray())!)["answers"].Flag(), "it is shown as silent", 10);
        Assert.Contains("Unavailable", site["lastFailure"].Text());
        Assert.NotNull(site["silentSince"]);
    }

    [Fact]
    public async Task A_row_that_cannot_be_put_back_is_a_conflict_and_the_command_stays_dead()
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.Zero);
        world.Site.Refuse("CreateVpc", StatusCode.InvalidArgument);
        await world.Create(id: "x");
        await LinkWorld.Until(async () => await world.Status("x") == "Error", "it is dead");
        await world.Execute("alter table thing rename to hidden");
        var dead = Assert.Single(await world.Log(SiteCommandState.Dead));
        await Assert.ThrowsAnyAsync<Exception>(() => world.Process.InScope<ISiteCommandLog>(log => log.Retry(dead.Id, default)));
        await world.Execute("alter table hidden rename to thing");
        Assert.Single(await world.Log(SiteCommandState.Dead));
    }

    [Fact]
    public async Task Commands_and_calls_are_counted()
    {
        var seen = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == "Nico.SiteLink")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => seen.Add($"{instrument.Name} {Tags(tags)}"));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => seen.Add($"{instrument.Name} {Tags(tags)}"));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {value} {Tags(tags)}"));
        listener.Start();

        await using var world = await LinkWorld.Make(host);
        await world.Create(id: "x");
        world.Site.Refuse("DeleteVpc", StatusCode.FailedPrecondition);
        await Assert.ThrowsAsync<Problem>(() => world.Delete("x"));
        listener.RecordObservableInstruments();
        Assert.Contains("nico.sitelink.commands kind=thing operation=Create outcome=Accepted", seen);
        Assert.Contains("nico.sitelink.commands kind=thing operation=Delete outcome=Refused", seen);
        Assert.Contains("nico.sitelink.call.duration rpc=CreateVpc code=OK", seen);
        Assert.Contains("nico.sitelink.call.duration rpc=DeleteVpc code=FailedPrecondition", seen);
        Assert.Contains($"nico.sitelink.site.up 1 site={world.SiteId}", seen);
    }

    private static string Tags(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));

    private static async Task<JsonNode> Get(HttpClient http, string path) =>
        JsonNode.Parse(await http.GetStringAsync(path, TestContext.Current.CancellationToken))!;

    private static async Task<(HttpStatusCode Status, JsonNode Body)> Post(HttpClient http, string path)
    {
        using var answer = await http.PostAsync(path, null, TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }
}
