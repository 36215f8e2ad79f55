using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Nico.SharedKernel;
using Nico.SiteLink;
using Nico.SiteLink.Reports;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Health;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>What a controller says is made harmless where it is read, and what is wrong with one object costs no other.</summary>
public sealed class HostileReportTests(TestHost host)
{
    private const string Emoji = "😀";

    [Fact]
    public async Task A_chunk_that_is_too_large_is_halved_and_an_object_that_is_too_large_by_itself_costs_only_itself()
    {
        await using var world = await LinkWorld.Make(host, options => options.MaxMessage = 64 * 1024, connect: false, inventory: true);
        for (var i = 0; i < 12; i++)
        {
            await Put(world, $"x{i:00}", i == 7 ? 100_000 : 20_000);
        }

        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 11, "all others are applied");
        await LinkWorld.Until(async () => await Reason(world, "x07") == "TooLarge", "the large one is shown");
        await LinkWorld.Until(async () => await world.Query<bool>("select is_complete from sitelink.round where kind = 'thing'"), "the kind is read");
        Assert.Equal("Ready", await world.Status("x07"));
        await Put(world, "x07", 10, row: false);
        await LinkWorld.Until(async () => await world.Status("x07") == "Seen", "it is applied once it is small enough");
        Assert.Null(await Reason(world, "x07"));
    }

    [Fact]
    public async Task Of_more_objects_than_a_site_may_have_the_known_ones_are_read_and_the_rest_is_counted()
    {
        await using var world = await LinkWorld.Make(host, options => options.MaxObjects = 5, inventory: true);
        for (var i = 0; i < 5; i++)
        {
            await Put(world, $"x{i:00}", 10);
        }

        await LinkWorld.Until(async () => await Count(world, "Seen") == 5, "all are applied");
        for (var i = 0; i < 10; i++)
        {
            await Put(world, $"a{i:00}", 10, row: false);
        }

        await LinkWorld.Until(async () => await world.Query<int>("select over from sitelink.round where kind = 'thing'") == 10, "the others are counted");
        await world.Execute("update thing set status = 'Other', touched = touched - interval '1 minute'");
        world.Site.Vpcs["x03"].Version = "2";
        await LinkWorld.Until(async () => await world.Status("x03") == "Seen", "the known ones are still read");
        Assert.Equal(0, await world.Query<long>("select count(*) from sitelink.seen where object_id like 'a%'"));
        Assert.Equal(0, await Count(world, "Error"));
    }

    [Theory]
    [InlineData(false, "", "no\0body", "\u001b[31m")]
    [InlineData(true, "", "nobody", "12345", "00000000-0000-0000-0000-00000000000g")]
    public async Task What_is_listed_and_is_no_id_is_shown_and_neither_asked_for_nor_applied(bool hasUuids, params string[] odd)
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        world.Probe.HasUuids = hasUuids;
        var good = Guid.NewGuid().ToString();
        await Put(world, good, 10);
        string[] listed = [.. odd, new string('x', 300)];
        foreach (var id in listed)
        {
            world.Site.Vpcs[id] = new() { Id = new() { Value = id }, Name = "odd", Version = "1", Metadata = new() { Name = "odd" } };
        }

        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await world.Query<long>("select count(*) from sitelink.seen where reason = 'NoId'") == listed.Length, "they are shown");
        await LinkWorld.Until(async () => await world.Status(good) == "Seen", "the good one is applied");
        Assert.All(world.Probe.Applied, ids => Assert.Equal([good], ids));
        Assert.All(world.Site.Calls.Where(call => call.Rpc == "FindVpcsByIds"), call => Assert.Equal(good, call.Id));
        Assert.Equal(0, await world.Query<long>("select count(*) from sitelink.seen where kind = 'thing' and reason <> 'NoId'"));
    }

    [Fact]
    public async Task What_cannot_be_applied_is_one_line_of_the_log_however_many_rounds_there_are()
    {
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        await Put(world, "x00", 10);
        await Put(world, "x01", 10);
        world.Probe.Poison = "x01";
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => await Reason(world, "x01") == "Failed", "it fails");
        for (var i = 0; i < 3; i++)
        {
            // What is reported anew is applied anew, and fails again.
            var rounds = world.Probe.Answered;
            world.Site.Vpcs["x01"].Version = $"2.{i}";
            await LinkWorld.Until(() => world.Probe.Answered > rounds + 2, "rounds go on");
        }

        var line = Assert.Single(world.Process.Log.Lines, line => line.Contains("x01", StringComparison.Ordinal));
        Assert.DoesNotContain("\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_whose_last_character_would_be_cut_in_half_is_a_refusal()
    {
        await using var world = await LinkWorld.Make(host);
        world.Site.Refuse("CreateVpc", StatusCode.FailedPrecondition, new string('x', 999) + Emoji + new string('y', 3000));
        var problem = await Assert.ThrowsAsync<Problem>(() => world.Create(id: "x"));
        Assert.Equal(412, problem.Status);
        Assert.Null(await world.Status("x"));
        Assert.EndsWith(SiteText.CutMark, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted, "", 400)]
    [InlineData(StatusCode.FailedPrecondition, "no\0\u001b[31m way", 412)]
    public async Task What_a_site_says_of_a_refusal_is_harmless(StatusCode code, string words, int status)
    {
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromSeconds(10));
        world.Site.Refuse("CreateVpc", code, words);
        var problem = await Assert.ThrowsAsync<Problem>(() => world.Create(id: "x"));
        Assert.Equal(status, problem.Status);
        Assert.DoesNotContain(problem.Message, char.IsControl);
        Assert.Contains(words.Length == 0 ? "thing" : "no[31m way", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(999)]
    [InlineData(1000)]
    public void Text_is_cut_by_whole_characters(int before)
    {
        var text = new string('x', before) + Emoji + "e\u0301" + new string('y', 2000);
        for (var most = 10; most < 1010; most++)
        {
            var cut = SiteText.Of(text, most);
            Assert.True(cut.Length <= most);
            Assert.EndsWith(SiteText.CutMark, cut, StringComparison.Ordinal);
            Assert.True(SiteText.IsClean(cut));
            Assert.False(cut[..^SiteText.CutMark.Length].EndsWith('e'));
        }

        var bytes = SiteText.CutBytes(string.Concat(Enumerable.Repeat(Emoji, 5000)), SiteText.LongestAlert);
        Assert.InRange(Encoding.UTF8.GetByteCount(bytes), SiteText.LongestAlert - 4, SiteText.LongestAlert);
        Assert.Equal("ab\ufffd", SiteText.Of("a\0b\ud800"));
    }

    [Fact]
    public void What_makes_no_sense_of_an_object_is_left_out_and_the_rest_stays()
    {
        var id = Guid.NewGuid();
        var vpc = new Vpc
        {
            Id = new() { Value = $"{{{id.ToString().ToUpperInvariant()}}}" },
            Name = "fine",
            RoutingProfileType = "a\0b",
            NetworkVirtualizationType = (VpcVirtualizationType)4711,
            Created = new Timestamp { Seconds = long.MaxValue },
            Version = new string('v', 5000),
        };
        var reading = Reading.Of(vpc);
        Assert.Equal(id.ToString(), vpc.Id.Value);
        Assert.Equal("fine", vpc.Name);
        Assert.False(vpc.HasRoutingProfileType);
        Assert.False(vpc.HasNetworkVirtualizationType);
        Assert.Null(vpc.Created);
        Assert.Equal(SiteText.Longest, vpc.Version.Length);
        Assert.Equal(3, reading.LeftOut.Count);
        Assert.True(reading.Lacks("routing_profile_type"));
        Assert.True(reading.Lacks("network_virtualization_type"));
    }

    [Fact]
    public void A_report_has_a_bound_however_much_a_site_says()
    {
        var machine = new Machine { Id = new() { Id = "m" }, State = "Ready", Health = new() { Source = "s" } };
        machine.Health.Alerts.Add(Enumerable.Range(0, 2000).Select(i => new HealthProbeAlert { Id = $"a{i}", Message = new string('m', 10_000) }));
        var reading = Reading.Of(machine);
        Assert.InRange(machine.CalculateSize(), 100_000, Reading.Longest * 11 / 10);
        Assert.All(machine.Health.Alerts, alert => Assert.True(Encoding.UTF8.GetByteCount(alert.Message) <= SiteText.LongestAlert));
        Assert.True(reading.Lacks("health.alerts"));
    }

    private static async Task Put(LinkWorld world, string id, int length, bool row = true)
    {
        if (row)
        {
            await world.Row(id, "Ready", atSite: true);
        }

        world.Site.Vpcs[id] = new() { Id = new() { Value = id }, Name = new string('n', length), Version = "1", Metadata = new() { Name = id } };
    }

    private static Task<long> Count(LinkWorld world, string status) =>
        world.Query<long>("select count(*) from thing where status = @status", new { status });

    private static Task<string?> Reason(LinkWorld world, string id) =>
        world.Query<string?>("select reason from sitelink.seen where kind = 'thing' and object_id = @id", new { id });
}
