using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Nico.Host.Operations;
using Nico.SharedKernel.Http;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>What one org, one address and one body may take of the process. Source: docs/limits.md.</summary>
public sealed class LimitTests(TestHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_org_over_its_rate_is_429_and_no_other()
    {
        await using var nico = await Start(("RequestsPerSecond", "1"), ("Burst", "3"), ("Orgs:large:Burst", "1000"));
        var client = nico.As(TestHost.NewOrg(), "TENANT_ADMIN");
        var answers = new List<Answer>();
        for (var i = 0; i < 8; i++)
        {
            answers.Add(await client.Get("metadata"));
        }

        Assert.All(answers.Take(3), answer => answer.Is(200));
        var refused = answers.First(answer => answer.Status == 429);
        Assert.Equal("nico", refused.Json!["source"].Text());
        Assert.InRange(int.Parse(refused.Headers["Retry-After"]), 1, 60);
        (await nico.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("metadata")).Is(200);
        for (var i = 0; i < 20; i++)
        {
            (await nico.As("Large", "TENANT_ADMIN").Get("metadata")).Is(200);
        }
    }

    [Fact]
    public async Task What_the_role_forbids_counts_as_well()
    {
        await using var nico = await Start(("RequestsPerSecond", "1"), ("Burst", "3"));
        var client = nico.As(TestHost.NewOrg(), "TENANT_ADMIN");
        var statuses = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            statuses.Add((await client.Post("site", new { name = "a site" })).Status);
        }

        Assert.Contains(403, statuses);
        Assert.Contains(429, statuses);
    }

    [Fact]
    public async Task An_org_has_only_so_many_requests_under_way()
    {
        await using var nico = await Start(("Concurrent", "1"));
        var org = TestHost.NewOrg();
        using var slow = await Body(nico, org, 1000, "{");
        await Wait.Until(() => Budget(nico).Held == 1);
        await Wait.Until(async () => (await nico.As(org, "PROVIDER_ADMIN").Get("metadata")).Status == 429);
        (await nico.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("metadata")).Is(200);
        await slow.GetStream().WriteAsync(new byte[999], Stop);
        await Wait.Until(async () => (await nico.As(org, "PROVIDER_ADMIN").Get("metadata")).Status == 200);
    }

    [Fact]
    public async Task Strangers_of_one_address_are_429_while_known_callers_go_on()
    {
        await using var nico = await Start(("RefusedPerSecond", "1"), ("RefusedBurst", "5"));
        var org = TestHost.NewOrg();
        var known = nico.As(org, "TENANT_ADMIN");
        (await known.Get("metadata")).Is(200);
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add((await nico.Bearing(org, i % 2 == 0 ? null : "bad").Get("metadata")).Status);
        }

        Assert.Contains(401, statuses);
        Assert.Contains(429, statuses);
        (await known.Get("metadata")).Is(200);
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_408()
    {
        await using var nico = await Start(("BodyTime", "00:00:01"));
        using var slow = await Body(nico, TestHost.NewOrg(), 1000, "{");
        Assert.Contains(" 408 ", await FirstLine(slow), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bodies_that_are_held_have_a_bound_in_all_and_for_each_org()
    {
        await using var nico = await Start(("BodiesBytesOfOrg", "100000"), ("BodiesBytes", "150000"));
        var half = new string(' ', 80_000);
        var (one, two) = (TestHost.NewOrg(), TestHost.NewOrg());
        using var first = await Body(nico, one, 200_000, half);
        var budget = Budget(nico);
        await Wait.Until(() => budget.Held == 80_000);
        using var second = await Body(nico, one, 200_000, half);
        Assert.Contains(" 429 ", await FirstLine(second), StringComparison.Ordinal);
        await Wait.Until(() => budget.Held == 80_000);
        using var other = await Body(nico, two, 200_000, half);
        Assert.Contains(" 503 ", await FirstLine(other), StringComparison.Ordinal);
        first.Close();
        await Wait.Until(() => budget.Held == 0);
    }

    /// <summary>Every operation that makes something says 403 when its owner has as many as it may.</summary>
    [Fact]
    public async Task Objects_have_a_limit()
    {
        await using var nico = await Start(("ObjectsOfKind", "0"));
        var client = nico.AsServiceAccount(TestHost.NewOrg());
        var account = (await client.Get("service-account/current")).Is(200);
        var document = await OpenApi.Document(host);
        var ids = new[] { "ipv4BlockId", "operatingSystemId", "id", "vpcPrefixId", "resourceTypeId" }.ToDictionary(name => name, _ => Bodies.UnknownId);
        ids["tenantId"] = account["tenantId"].Text();
        ids["infrastructureProviderId"] = account["infrastructureProviderId"].Text();
        var bodies = new Bodies(document, ids);
        var makers = OpenApi.Operations(document).Where(operation => operation.Id.Contains("create-", StringComparison.Ordinal) && !operation.Path.Contains("{id", StringComparison.Ordinal)).ToArray();
        foreach (var operation in makers.Where(operation => !operation.Id.EndsWith("-association", StringComparison.Ordinal)))
        {
            var path = operation.Path.Replace("{org}", client.Org, StringComparison.Ordinal);
            var answer = await client.Post(path, bodies.Good(operation));
            Assert.True(answer.Status == 403 && answer.Text.Contains("limit", StringComparison.Ordinal), $"{operation.Id}: {answer}");
        }

        Assert.True(makers.Length > 8);
    }

    [Fact]
    public async Task Rewriting_user_data_is_linear()
    {
        await using var nico = await Start(("UserDataBytes", "1000000"));
        var client = nico.AsServiceAccount(TestHost.NewOrg());
        (await client.Get("service-account/current")).Is(200);
        var userData = "#cloud-config\n" + string.Concat(Enumerable.Repeat("phone_home: a\n", 50_000));
        var system = (await client.Post("operating-system", new { name = "slow", ipxeScript = "#!ipxe", phoneHomeEnabled = true, userData })).Is(201);
        Assert.InRange(system["userData"].Text().Length, 20, 200);
    }

    [Fact]
    public async Task What_callers_write_makes_no_series()
    {
        await using var nico = await Start();
        var client = nico.As(TestHost.NewOrg(), "TENANT_ADMIN");
        for (var i = 0; i < 20; i++)
        {
            await client.Send(HttpMethod.Get, $"metadata?q{i}=1", null, ("Host", $"h{i}.example"), ($"X-H{i}", "1"));
        }

        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(nico.OperatorAddress, "/metrics"), Stop);
        Assert.Contains("nico_api_requests", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("h7.example", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_line_has_a_bound()
    {
        var formatter = new BoundedJsonFormatter(TimeProvider.System);
        foreach (var text in new[] { new string('x', 1_000_000), new string('\u0001', 100_000), new string('日', 100_000), new string('"', 100_000), "😀" + new string('\ud83d', 5000) })
        {
            using var line = new StringWriter();
            var members = Enumerable.Range(0, 50).Select(i => KeyValuePair.Create<string, object?>("m" + i, text)).ToArray();
            formatter.Write(new Microsoft.Extensions.Logging.Abstractions.LogEntry<KeyValuePair<string, object?>[]>(
                Microsoft.Extensions.Logging.LogLevel.Error, "c", default, members, new InvalidOperationException(text), (_, _) => text), null, line);
            Assert.InRange(Encoding.UTF8.GetByteCount(line.ToString()), 10, BoundedJsonFormatter.LongestLine);
            Assert.NotNull(System.Text.Json.Nodes.JsonNode.Parse(line.ToString())!["Message"]);
        }
    }

    /// <summary>A POST of a provider that sends <paramref name="begun"/> of a body of <paramref name="length"/> bytes.</summary>
    private static async Task<TcpClient> Body(RunningHost nico, string org, int length, string begun)
    {
        var tcp = new TcpClient(nico.Address.Host, nico.Address.Port);
        await tcp.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /v2/org/{org}/nico/site HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {nico.Token(org, "PROVIDER_ADMIN")}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{begun}"),
            Stop);
        return tcp;
    }

    private static BodyBudget Budget(RunningHost nico) => nico.Services.GetRequiredService<BodyBudget>();

    private static async Task<string> FirstLine(TcpClient tcp)
    {
        using var reader = new StreamReader(tcp.GetStream(), leaveOpen: true);
        return await reader.ReadLineAsync(Stop) ?? "";
    }

    private async Task<RunningHost> Start(params (string Key, string Value)[] limits) => await TestHost.StartHost(
        await host.NewDatabase(), limits.ToDictionary(limit => "Limits:" + limit.Key, limit => (string?)limit.Value), host.Issuer);
}
