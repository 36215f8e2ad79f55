using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Audit;

/// <summary>spec/50-audit.md, sections 2, 3 and 5.</summary>
public sealed class AuditTests(TestHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<List<JsonNode>> Entries(ApiClient client, string query = "") =>
        [.. (await client.Get("audit" + query)).Items().Select(entry => entry!)];

    private static async Task<JsonNode> Newest(ApiClient client) => (await Entries(client, "?orderBy=TIMESTAMP_DESC"))[0];

    [Fact]
    public async Task A_change_leaves_an_entry_with_everything_in_it()
    {
        var (client, _) = await host.Provider();
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        (await client.Post("site?a=1&a=2&b=%00x&c", new { name = "a site", description = "<d>" })).Is(201);
        var entry = Assert.Single(await Entries(client));
        Assert.Equal(
            ["id", "endpoint", "queryParams", "method", "body", "statusCode", "statusMessage", "clientIP", "userID", "user", "orgName", "extraData", "timestamp", "durationMs", "apiVersion"],
            entry.AsObject().Select(member => member.Key));
        Assert.Equal($"/v2/org/{client.Org}/nico/site", entry["endpoint"].Text());
        Assert.Equal("""{"a":["1","2"],"b":["x"],"c":[""]}""", entry["queryParams"]!.ToJsonString());
        Assert.Equal("POST", entry["method"].Text());
        Assert.Equal("a site", entry["body"]!["name"].Text());
        Assert.Equal("<d>", entry["body"]!["description"].Text());
        Assert.Equal(201, entry["statusCode"].Number());
        Assert.Equal("", entry["statusMessage"].Text());
        Assert.Equal("127.0.0.1", entry["clientIP"].Text());
        Assert.Equal(client.Org, entry["orgName"].Text());
        Assert.Equal("{}", entry["extraData"]!.ToJsonString());
        Assert.InRange(entry["timestamp"].Time(), before, DateTimeOffset.UtcNow);
        Assert.InRange(entry["durationMs"].Number(), 0, 60_000);
        Assert.NotEqual("", entry["apiVersion"].Text());
        var me = (await client.Get("user/current")).Is(200);
        Assert.Equal(me["id"].Id(), entry["userID"].Id());
        Assert.Equal(me.ToJsonString(), entry["user"]!.ToJsonString());
        Assert.Equal(entry.ToJsonString(), (await client.Get($"audit/{entry["id"].Id()}")).Is(200).ToJsonString());
    }

    [Fact]
    public async Task Who_was_not_let_in_leaves_one_entry_without_user_and_body()
    {
        var org = TestHost.NewOrg();
        (await host.Host.Bearing(org.ToUpperInvariant(), null).Post("site", new { name = "a site" })).Is(401);
        (await host.Host.Bearing(org, "garbage").Delete($"allocation/{Guid.NewGuid()}")).Is(401);
        var entries = await Entries(host.As(org, "TENANT_ADMIN"));
        Assert.Equal(2, entries.Count);
        Assert.All(entries, entry =>
        {
            Assert.Equal(401, entry["statusCode"].Number());
            Assert.Equal(org, entry["orgName"].Text());
            Assert.Null(entry["userID"]);
            Assert.Null(entry["user"]);
            Assert.Equal("{}", entry["body"]!.ToJsonString());
            Assert.NotEqual("", entry["statusMessage"].Text());
        });
        Assert.Equal($"/v2/org/{org.ToUpperInvariant()}/nico/site", entries[0]["endpoint"].Text());
    }

    [Fact]
    public async Task A_refusal_leaves_its_status_message_and_body()
    {
        var org = TestHost.NewOrg();
        var viewer = host.As(org, "PROVIDER_VIEWER", "TENANT_ADMIN");
        var forbidden = (await viewer.Post("site", new { name = "forbidden" })).Is(403);
        var invalid = (await host.As(org, "PROVIDER_ADMIN").Post("site", new { name = " x" })).Is(400);
        var missing = (await viewer.Delete($"vpc/{Guid.NewGuid()}")).Fails((await viewer.Get("tenant/current")).Status == 200 ? 404 : 400);
        var malformed = (await viewer.Delete("vpc/x")).Is(400);
        var entries = await Entries(viewer);
        Assert.Equal([403, 400, 404, 400], entries.Select(entry => entry["statusCode"].Number()));
        Assert.Equal(
            [forbidden["message"].Text(), invalid["message"].Text(), missing["message"].Text(), malformed["message"].Text()],
            entries.Select(entry => entry["statusMessage"].Text()));
        Assert.Equal("forbidden", entries[0]["body"]!["name"].Text());
        Assert.Equal(" x", entries[1]["body"]!["name"].Text());
        Assert.Equal("{}", entries[2]["body"]!.ToJsonString());
        Assert.All(entries, entry => Assert.NotNull(entry["userID"]));
    }

    [Fact]
    public async Task A_conflict_leaves_no_success()
    {
        var (client, _) = await host.Provider();
        (await client.Post("site", new { name = "twice" })).Is(201);
        (await client.Post("site", new { name = "twice" })).Is(409);
        Assert.Equal([201, 409], (await Entries(client)).Select(entry => entry["statusCode"].Number()));
    }

    [Fact]
    public async Task What_only_reads_or_is_no_route_leaves_nothing()
    {
        var account = await host.ServiceAccount();
        foreach (var path in new[] { "service-account/current", "tenant/current", "site", "site/x", "audit" })
        {
            await account.Client.Get(path);
        }

        await account.Client.Send(HttpMethod.Options, "site");
        (await account.Client.Post("nothing", new { })).Is(404);
        (await account.Client.Put("site", new { })).Is(404);
        (await account.Client.Post("site/", new { name = "a site" })).Is(404);
        (await account.Client.Raw(HttpMethod.Post, "/healthz", "{}")).Is(405);
        using (var tcp = new System.Net.Sockets.TcpClient(host.Host.Address.Host, host.Host.Address.Port))
        {
            await using var stream = tcp.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v2/org/{account.Org}/nico/site HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"), Stop);
            using var reader = new StreamReader(stream);
            Assert.Contains("413", await reader.ReadLineAsync(Stop), StringComparison.Ordinal);
        }

        Assert.Empty(await Entries(account.Client));
    }

    [Theory]
    [InlineData("""{"ipxeScript":"#!secret"}""")]
    [InlineData("""{"userData":"#secret"}""")]
    [InlineData("""{"publicKey":"ssh-rsa secret"}""")]
    [InlineData("""{"defaultBmcUsername":"secret","defaultBmcPassword":"secret"}""")]
    [InlineData("""{"imageAuthToken":"secret"}""")]
    [InlineData("""{"nvOsUsername":"secret","nvOsPassword":"secret"}""")]
    [InlineData("""{"credentials":{"username":"secret","password":"secret"}}""")]
    [InlineData("""{"a":{"credentials":[{"username":"secret"}]}}""")]
    [InlineData("""{"clientSecretBasic":{"clientId":"x","clientSecret":"secret"}}""")]
    [InlineData("""{"IPXESCRIPT":"secret","UserData":["secret"],"PASSWORD":7,"x":{"y":[{"z":{"uSerDaTa":"secret"}}]}}""")]
    [InlineData("""[{"bmcPassword":"secret"},[{"bmcUsername":"secret"}]]""")]
    [InlineData("""{"password":"one","password":"secret"}""")]
    public async Task Secrets_are_masked_at_any_depth_and_in_any_case(string body)
    {
        var (client, _) = await host.Provider();
        (await client.Raw(HttpMethod.Post, "site", body)).Is(400);
        var text = (await Newest(client))["body"]!.ToJsonString();
        Assert.DoesNotContain("secret\"", text, StringComparison.Ordinal);
        Assert.Contains("\"*******************\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("7", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operations_secrets_are_masked_where_they_really_occur()
    {
        var account = await host.ServiceAccount();
        (await account.Client.Post("operating-system", new { name = "os", tenantId = account.TenantId, ipxeScript = "#!ipxe hidden", userData = "#cloud-config hidden" })).Is(201);
        var entry = await Newest(account.Client);
        Assert.Equal("*******************", entry["body"]!["ipxeScript"].Text());
        Assert.Equal("*******************", entry["body"]!["userData"].Text());
        Assert.Equal("os", entry["body"]!["name"].Text());
        (await account.Client.Post("instance", new { name = "i", userData = "hidden", interfaces = new[] { new { userData = "hidden" } } })).Is(400);
        Assert.DoesNotContain("hidden", (await Newest(account.Client)).ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"name":"a"},7]""", """{"items":[{"name":"a"},7]}""")]
    [InlineData("7", "{}")]
    [InlineData("\"text\"", "{}")]
    [InlineData("null", "{}")]
    [InlineData("", "{}")]
    [InlineData("{", "{}")]
    [InlineData("""{"name":"x"} trailing""", """{"name":"x"}""")]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":"b\u0000c","d\u0000":1}""", """{"a":"bc","d":1}""")]
    [InlineData("""{"a":"\\u0000"}""", """{"a":"\\u0000"}""")]
    [InlineData("""{"a":"\ud800"}""", "{}")]
    [InlineData("""{"a":1e999999,"b":-1E-999999,"c":1.50,"d":12345678901234567890123}""", """{"a":"1e999999","b":0,"c":1.50,"d":12345678901234567890123}""")]
    public async Task Any_body_can_be_recorded(string body, string recorded)
    {
        var (client, _) = await host.Provider();
        (await client.Raw(HttpMethod.Post, "site", body)).Is(400);
        var text = (await Newest(client))["body"]!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(recorded), text), text.ToJsonString());
    }

    [Fact]
    public async Task A_change_goes_through_whatever_else_its_body_and_query_hold()
    {
        var (client, _) = await host.Provider();
        (await client.Raw(HttpMethod.Post, "site?x=%00&y=%5Cu0000", """{"name":"s-1","x":"\\u0000","y":1e999999,"n":{"a":1,"a":2}}""")).Is(201);
        var entry = await Newest(client);
        Assert.Equal("1e999999", entry["body"]!["y"].Text());
        Assert.Equal("\\u0000", entry["queryParams"]!["y"]![0].Text());
        (await client.Raw(HttpMethod.Post, "site", $$"""{"name":"s-2","x":"{{new string('x', 400_000)}}"}""")).Is(201);
        Assert.Contains("omitted", (await Newest(client))["body"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_is_the_org_s_own_oldest_first_in_pages()
    {
        var (client, _) = await host.Provider();
        var (other, _) = await host.Provider();
        for (var i = 0; i < 25; i++)
        {
            await client.Post("site", new { name = i % 2 == 0 ? $"s-{i}" : "x" });
            await other.Post("site", new { name = $"s-{i}" });
        }

        var page = await client.Get("audit");
        Assert.Equal("""{"pageNumber":1,"pageSize":20,"total":25,"orderBy":null}""", page.Headers["X-Pagination"]);
        Assert.Equal(20, page.Items().Count);
        Assert.All(page.Items(), entry => Assert.Equal(client.Org, entry!["orgName"].Text()));
        var all = await Entries(client, "?pageSize=100");
        Assert.Equal(all.Select(entry => entry["timestamp"].Time()).Order(), all.Select(entry => entry["timestamp"].Time()));
        Assert.Equal(all.Select(entry => entry["id"].Id()).Reverse(), (await Entries(client, "?pageSize=100&orderBy=TIMESTAMP_DESC")).Select(entry => entry["id"].Id()));
        Assert.Equal(5, (await Entries(client, "?pageNumber=2")).Count);
        var failed = await client.Get("audit?failedOnly=true");
        Assert.Equal(12, failed.Total);
        Assert.All(failed.Items(), entry => Assert.Equal(400, entry!["statusCode"].Number()));
        foreach (var all25 in new[] { "false", "0", "F", "" })
        {
            Assert.Equal(25, (await client.Get("audit?failedOnly=" + all25)).Total);
        }

        Assert.Equal(12, (await client.Get("audit?failedOnly=T")).Total);
        (await client.Get("audit?failedOnly=maybe")).Fails(400, "failedOnly");
        (await client.Get("audit?orderBy=STATUS_ASC")).Fails(400, "OrderByStr");
    }

    [Fact]
    public async Task Both_admins_of_the_org_see_its_entries_and_nobody_else_does()
    {
        var org = TestHost.NewOrg();
        var provider = host.As(org, "PROVIDER_ADMIN");
        (await provider.Post("site", new { })).Is(400);
        var id = Assert.Single(await Entries(host.As(org, "TENANT_ADMIN")))["id"].Id();
        (await host.As(org, "TENANT_ADMIN").Get($"audit/{id}")).Is(200);
        (await host.As(org, "PROVIDER_ADMIN").In(org.ToUpperInvariant()).Get($"audit/{id}")).Is(200);
        foreach (var role in new[] { "PROVIDER_VIEWER", "WHATEVER" })
        {
            (await host.As(org, role).Get("audit")).Is(403);
            (await host.As(org, role).Get($"audit/{id}")).Is(403);
        }

        var (other, _) = await host.Tenant();
        (await other.In(org).Get("audit")).Is(401);
        var foreign = (await other.Get($"audit/{id}")).Is(404);
        var unknown = (await other.Get($"audit/{Guid.NewGuid()}")).Is(404);
        Assert.Equal(unknown["message"].Text().Length, foreign["message"].Text().Length);
        (await provider.Get("audit/x")).Fails(400, "auditEntryId");
        (await provider.Get("audit/a/b")).Is(404);
    }

    [Fact]
    public async Task A_user_who_is_gone_is_null_and_its_id_stays()
    {
        var (client, _) = await host.Provider();
        (await client.Post("site", new { })).Is(400);
        var gone = Guid.NewGuid();
        await using (var forget = host.Database.CreateCommand("update audit.entry set user_id = $1 where org_name = $2"))
        {
            forget.Parameters.Add(new NpgsqlParameter { Value = gone });
            forget.Parameters.Add(new NpgsqlParameter { Value = client.Org });
            await forget.ExecuteNonQueryAsync(Stop);
        }

        var entry = Assert.Single(await Entries(client));
        Assert.Equal(gone, entry["userID"].Id());
        Assert.Null(entry["user"]);
        Assert.Null((await client.Get($"audit/{entry["id"].Id()}")).Is(200)["user"]);
    }

    [Fact]
    public async Task A_change_and_its_entry_are_one_and_a_refusal_stands_without_one()
    {
        await using var running = await TestHost.StartHost(
            await host.NewDatabase(), new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" }, host.Issuer);
        var client = running.As(TestHost.NewOrg(), "PROVIDER_ADMIN");
        (await client.Get("infrastructure-provider/current")).Is(200);
        var database = running.Services.GetRequiredService<NpgsqlDataSource>();
        await Execute("alter table audit.entry rename to away");
        Assert.True((await client.Post("site", new { name = "a site" })).Status >= 500);
        (await client.Post("site", new { name = "x" })).Fails(400, "name");
        (await running.Bearing(client.Org, null).Post("site", new { name = "a site" })).Is(401);
        await Execute("alter table audit.away rename to entry");
        Assert.Empty((await client.Get("site")).Items());
        Assert.Empty(await Entries(client));
        (await client.Post("site", new { name = "a site" })).Is(201);
        Assert.Single((await client.Get("site")).Items());
        Assert.Single(await Entries(client));

        async Task Execute(string sql)
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(Stop);
        }
    }

    [Fact]
    public async Task A_caller_that_goes_away_leaves_its_entry()
    {
        await using var running = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?>(), host.Issuer);
        var org = TestHost.NewOrg();
        var client = running.As(org, "PROVIDER_ADMIN");
        (await client.Get("infrastructure-provider/current")).Is(200);
        var token = running.Token(org, "PROVIDER_ADMIN");
        using (var tcp = new System.Net.Sockets.TcpClient(running.Address.Host, running.Address.Port))
        {
            // Half a body, and then nothing more.
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /v2/org/{org}/nico/site HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"name\":"), Stop);
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }

        await client.Eventually("audit", entries => entries.AsArray() is [{ } entry] && entry["statusCode"].Number() is 499 or 400 && entry["body"]!.ToJsonString() == "{}");
        Assert.Empty((await client.Get("site")).Items());
    }
}
