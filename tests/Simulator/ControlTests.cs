using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Nico.SiteSimulator;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class ControlTests
{
    [Fact]
    public async Task The_root_says_what_there_is()
    {
        await using var site = await Start();
        using var http = Control(site.Site);
        var index = await http.GetFromJsonAsync<JsonElement>("/", TestContext.Current.CancellationToken);
        Assert.Equal("sim-test", index.GetProperty("site").GetString());
        Assert.Contains("lost-answer", index.GetProperty("kinds").EnumerateArray().Select(kind => kind.GetString()));
        Assert.True(index.GetProperty("endpoints").TryGetProperty("POST /faults", out _));
    }

    [Fact]
    public async Task Faults_are_added_listed_and_removed()
    {
        await using var site = await Start();
        using var http = Control(site.Site);
        var added = await http.PostAsync("/faults", Json("""{"kind": "refuse", "rpc": "CreateVpc", "code": "resource-exhausted", "message": "full", "count": 2, "for": 60}"""), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var fault = await added.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal("f-1", fault.GetProperty("id").GetString());
        var kept = Assert.Single(site.Site.Faults.Active);
        Assert.Equal((FaultKind.Refuse, StatusCode.ResourceExhausted, 2, TimeSpan.FromMinutes(1)), (kept.Kind, kept.Code!.Value, kept.Count!.Value, kept.For!.Value));
        await Refused(StatusCode.ResourceExhausted, site.Core.CreateVpcAsync(new() { TenantOrganizationId = Org, Metadata = new() { Name = "no" } }));

        var list = await http.GetFromJsonAsync<JsonElement>("/faults", TestContext.Current.CancellationToken);
        Assert.Equal(1, list[0].GetProperty("struck").GetInt32());
        Assert.Equal("refuse", (await http.GetFromJsonAsync<JsonElement>("/faults/f-1", TestContext.Current.CancellationToken)).GetProperty("kind").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("/faults/f-1", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync("/faults/f-1", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/faults/f-1", TestContext.Current.CancellationToken)).StatusCode);

        site.Site.Faults.Add(Fault.Down());
        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("/faults", TestContext.Current.CancellationToken)).StatusCode);
        await site.Core.VersionAsync(new());
    }

    [Theory]
    [InlineData("""{"kind": "earthquake"}""")]
    [InlineData("""{"kind": 3}""")]
    [InlineData("""{"rpc": "CreateVpc"}""")]
    [InlineData("""{"kind": "refuse", "rcp": "CreateVpc"}""")]
    [InlineData("""{"kind": "refuse", "rpc": "MakeCoffee"}""")]
    [InlineData("""{"kind": "slow", "delay": "long"}""")]
    [InlineData("""{"kind": "slow", "delay": 1e300}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("")]
    public async Task Nonsense_is_refused_in_words(string body)
    {
        await using var site = await Start();
        using var http = Control(site.Site);
        var answer = await http.PostAsync("/faults", Json(body), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("message").GetString()!);
        Assert.Empty(site.Site.Faults.Active);
    }

    [Fact]
    public async Task State_counts_objects_machines_and_calls()
    {
        await using var site = await Start();
        await site.Up(site.Order(site.FreeMachine(), On(await site.Prefix())));
        using var http = Control(site.Site);
        var state = await http.GetFromJsonAsync<JsonElement>("/state", TestContext.Current.CancellationToken);
        Assert.Equal(1, state.GetProperty("machines").GetProperty("Assigned").GetInt32());
        Assert.Equal(1, state.GetProperty("instances").GetProperty("Ready").GetInt32());
        Assert.Equal(1, state.GetProperty("vpcs").GetInt32());
        Assert.Equal(1, state.GetProperty("acceptedCalls").GetProperty("AllocateInstance").GetInt32());
        Assert.Equal(18, state.GetProperty("models").GetProperty("gb200").GetInt32());
        var calls = await http.GetFromJsonAsync<JsonElement>("/calls", TestContext.Current.CancellationToken);
        Assert.Contains("AllocateInstance", calls.EnumerateArray().Select(call => call.GetProperty("rpc").GetString()));
    }

    [Fact]
    public async Task Web_pages_and_other_content_types_are_kept_out()
    {
        await using var site = await Start();
        using var http = Control(site.Site);
        var plain = await http.PostAsync("/faults", new StringContent("""{"kind": "down"}""", Encoding.UTF8, "text/plain"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, plain.StatusCode);

        using var page = new HttpRequestMessage(HttpMethod.Get, "/state");
        page.Headers.Add("Origin", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(page, TestContext.Current.CancellationToken)).StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/state") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(rebound, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/secrets", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PutAsync("/faults", Json("{}"), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await http.PostAsync("/faults", Json(new string(' ', 70_000)), TestContext.Current.CancellationToken)).StatusCode);
        using var endless = new HttpRequestMessage(HttpMethod.Post, "/faults") { Content = Json(new string(' ', 70_000)) };
        endless.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await http.SendAsync(endless, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Empty(site.Site.Faults.Active);
    }

    [Fact]
    public async Task It_can_be_left_out_and_is_not_on_the_cores_port()
    {
        await using var without = await Start(options => options with { ControlPort = -1 });
        Assert.Null(without.Site.Control);

        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var answer = await http.GetAsync(new Uri(without.Site.Core, "/state"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public void Every_fault_on_the_operators_page_makes_sense()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "docs", "simulator.md")))
        {
            folder = folder.Parent ?? throw new FileNotFoundException("docs/simulator.md");
        }

        var examples = File.ReadLines(Path.Combine(folder.FullName, "docs", "simulator.md"))
            .Where(line => line.StartsWith("add '", StringComparison.Ordinal)).Select(line => line.Split('\'')[1]).ToList();
        var kinds = examples.ConvertAll(example =>
        {
            var fault = JsonSerializer.Deserialize<Fault>(example, FaultRules.Json)!;
            FaultRules.Check(fault);
            return fault.Kind;
        });
        Assert.Equal([FaultKind.DuplicateIds, FaultKind.UnknownIds], Enum.GetValues<FaultKind>().Except(kinds));
    }

    [Fact]
    public async Task It_asks_for_the_token_of_the_state_folder()
    {
        var folder = Directory.CreateTempSubdirectory("nico-control-");
        try
        {
            string token;
            await using (var site = await Start(options => options with { StateFolder = folder.FullName }))
            {
                token = site.Site.ControlToken;
                var file = Path.Combine(folder.FullName, "control-token");
                Assert.Equal(token + "\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
                using var http = new HttpClient { BaseAddress = site.Site.Control };
                foreach (var shown in new[] { null, "Bearer", "Bearer guess", "Basic " + token, "Bearer " + token[1..] })
                {
                    http.DefaultRequestHeaders.Remove("Authorization");
                    http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", shown);
                    foreach (var path in new[] { "/", "/state", "/calls", "/faults", "/secrets" })
                    {
                        var refused = await http.GetAsync(path, TestContext.Current.CancellationToken);
                        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
                        Assert.Contains(file, await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
                    }

                    Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/faults", Json("""{"kind": "down"}"""), TestContext.Current.CancellationToken)).StatusCode);
                    Assert.Equal(HttpStatusCode.Unauthorized, (await http.DeleteAsync("/faults", TestContext.Current.CancellationToken)).StatusCode);
                }

                Assert.Empty(site.Site.Faults.Active);
                using var known = Control(site.Site);
                Assert.Equal(HttpStatusCode.OK, (await known.GetAsync("/state", TestContext.Current.CancellationToken)).StatusCode);
            }

            await using var again = await Start(options => options with { StateFolder = folder.FullName });
            Assert.Equal(token, again.Site.ControlToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static HttpClient Control(SimulatedSite site) => new()
    {
        BaseAddress = site.Control,
        DefaultRequestHeaders = { Authorization = new("Bearer", site.ControlToken) },
    };

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
