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
        Assert.Equal("1.6.0", entry["apiVersion"].Text());
        var me = (await client.Get("user/current")).Is(200);
        Assert.Equal(me["id"].Id(), entry["userID"].Id());
        Assert.Equal(me.ToJsonString(), entry["user"]!.ToJsonString());
        Assert.Equal(entry.ToJsonString(), (await client.Get($"audit/{entry["id"].Id()}")).Is(200).ToJsonString());
    }

    [Fact]
    public async Task Who_was_not_let_in_leaves_no_entry_in_an_org_s_trail_but_is_counted()
    {
        var org = TestHost.NewOrg();
        var counted = 0L;
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "nico_audit_unidentified")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        listener.Start();
        (await host.Host.Bearing(org.ToUpperInvariant(), null).Post("site?junk=" + new string('x', 4000), new { name = "a site" })).Is(401);
        (await host.Host.Bearing(org, "garbage").Delete($"allocation/{Guid.NewGuid()}")).Is(401);
        // A good token of another org is none here.
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").In(org).Post("site", new { name = "a site" })).Is(401);
        Assert.Empty(await Entries(host.As(org, "TENANT_ADMIN")));
        await Wait.Until(() => Interlocked.Read(ref counted) >= 3);
    }

    [Fact]
    public async Task No_query_evades_the_trail_and_none_stops_a_good_request()
    {
        var org = TestHost.NewOrg();
        var tenant = host.As(org, "TENANT_ADMIN");
        var (provider, _) = await host.Provider(org);
        var queries = new[] { "a=1&a%00=2", "%00=1&=2", "a=%ED%A0%80&%ED%A0%80=1", "x=" + new string('y', 7000), "a=1&A=2&a%00%00=3", string.Concat(Enumerable.Repeat("%3C=%22&", 400)) };
        foreach (var query in queries)
        {
            (await tenant.Raw(HttpMethod.Post, "site?" + query, "{}")).Is(403);
            Assert.Equal(403, (await Newest(provider))["statusCode"].Number());
            (await provider.Raw(HttpMethod.Post, "site?" + query, $$"""{"name":"s-{{Guid.NewGuid():N}}"}""")).Is(201);
            Assert.Equal(201, (await Newest(provider))["statusCode"].Number());
        }

        Assert.Equal(queries.Length * 2, (await provider.Get("audit")).Total);
        var merged = (await provider.Get("audit")).Items()[0]!["queryParams"]!["a"]!.AsArray();
        Assert.Equal(["1", "2"], merged.Select(value => value.Text()));
    }

    public static TheoryData<string> Swollen => new(
        $$"""{"name":"{{new string('é', 300_000)}}"}""",
        $$"""{"x":[{{string.Join(',', Enumerable.Repeat("1", 10_000))}}]}""",
        $$"""{"x":[{{string.Join(',', Enumerable.Repeat("1e308", 10_000))}}]}""",
        $$"""{"x":[{{string.Join(',', Enumerable.Repeat("7e27", 10_000))}}]}""",
        "{\"x\":{" + string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"<{i}\":\"<<<<<<<<\"")) + "}}",
        $$"""{"{{new string('<', 200_000)}}":5,"labels":{"{{new string('k', 200_000)}}":5} }""");

    [Theory]
    [MemberData(nameof(Swollen))]
    public async Task An_entry_has_at_most_64_kB(string body)
    {
        var (client, _) = await host.Provider();
        await client.Raw(HttpMethod.Post, "site?q=" + new string('<', 1500) + "&" + string.Concat(Enumerable.Range(0, 600).Select(i => $"{i}&")), body);
        await using var ask = host.Database.CreateCommand("select max(octet_length(entry::text)) from audit.entry where org_name = $1");
        ask.Parameters.Add(new NpgsqlParameter { Value = client.Org });
        Assert.InRange((int)(await ask.ExecuteScalarAsync(Stop))!, 100, 65_536);
        Assert.InRange((await client.Get("audit")).Text.Length, 100, 66_000);
    }

    [Theory]
    [InlineData("https://user:MARK@host.example/x.qcow2", "https://***@host.example/x.qcow2")]
    [InlineData("https://MARK@host.example", "https://***@host.example")]
    [InlineData("https://host.example/x?token=MARK&sig=MARK#MARK", "https://host.example/x?token=***&sig=***#***")]
    [InlineData("see //u:MARK@h/a?MARK then https://b.example/?q=MARK;r=MARK.", "see //***@h/a?*** then https://b.example/?q=***;r=***")]
    [InlineData("ftp://a:MARK@b@c.example/@d", "ftp://***@c.example/@d")]
    [InlineData("https://host.example/a@b/c", "https://host.example/a@b/c")]
    [InlineData("no // URL, a @ sign and a question?", "no // URL, a @ sign and a question?")]
    public async Task Passwords_and_tokens_in_urls_are_masked_in_every_text(string text, string masked)
    {
        var (client, _) = await host.Provider();
        var body = new JsonObject
        {
            ["name"] = " ",
            ["description"] = text,
            ["imageUrl"] = text,
            ["deep"] = new JsonArray(new JsonObject { ["x"] = new JsonArray(text), [text] = 1 }),
        };
        (await client.Raw(HttpMethod.Post, $"site?url={Uri.EscapeDataString(text)}&access_token=MARK&{Uri.EscapeDataString(text)}=1", body.ToJsonString())).Is(400);
        var entry = await Newest(client);
        Assert.DoesNotContain("MARK", entry.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(masked, entry["body"]!["description"].Text());
        Assert.Equal(masked, entry["body"]!["imageUrl"].Text());
        Assert.Equal(masked, entry["queryParams"]!["url"]![0].Text());
        (await client.Raw(HttpMethod.Delete, "site/" + Uri.EscapeDataString(text), "")).Fails(400);
        Assert.DoesNotContain("MARK", (await Newest(client)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_whose_url_is_longer_than_the_entry_s_text_is_masked_all_the_same()
    {
        var (client, _) = await host.Provider();
        (await client.Raw(HttpMethod.Delete, "site/" + Uri.EscapeDataString($"https://user:MARK{new string('a', 1500)}@host.example"), "")).Fails(400);
        var entry = await Newest(client);
        Assert.DoesNotContain("MARK", entry.ToJsonString(), StringComparison.Ordinal);
        Assert.EndsWith("//***@host.example", entry["endpoint"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admitted_change_has_its_entry_before_anything_is_done_for_it()
    {
        await using var running = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?>(), host.Issuer);
        var org = TestHost.NewOrg();
        var client = running.As(org, "PROVIDER_ADMIN");
        (await client.Get("infrastructure-provider/current")).Is(200);
        using var tcp = new System.Net.Sockets.TcpClient(running.Address.Host, running.Address.Port);
        var stream = tcp.GetStream();
        const string Body = """{"name":"a site"}""";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v2/org/{org}/nico/site HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {running.Token(org, "PROVIDER_ADMIN")}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body[..5]}"), Stop);

        // The rest has not come: a process that ended now would leave this.
        var entries = await client.Eventually("audit", entries => entries.AsArray().Count == 1);
        var entry = entries[0]!;
        Assert.Equal((0, "Not completed", "{}"), (entry["statusCode"].Number(), entry["statusMessage"].Text(), entry["body"]!.ToJsonString()));
        Assert.NotNull(entry["user"]);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Body[5..]), Stop);
        entries = await client.Eventually("audit", entries => entries[0]!["statusCode"].Number() == 201);
        Assert.Equal((1, "", "a site"), (entries.AsArray().Count, entries[0]!["statusMessage"].Text(), entries[0]!["body"]!["name"].Text()));
    }

    [Fact]
    public async Task Who_was_shown_a_registration_token_is_in_the_trail()
    {
        var (client, _) = await host.Provider();
        var id = (await client.Post("site", new { name = "a site" })).Is(201)["id"].Text();
        Assert.Single(await Entries(client));
        Assert.NotNull((await client.Get($"site/{id}")).Is(200)["registrationToken"]);
        Assert.NotNull((await client.Get("site")).Items()[0]!["registrationToken"]);
        (await host.As(client.Org, "PROVIDER_VIEWER").Get($"site/{id}")).Is(200);
        var entries = await Entries(client);
        Assert.Equal(["POST", "GET", "GET"], entries.Select(entry => entry["method"].Text()));
        Assert.All(entries.Skip(1), entry =>
        {
            Assert.Equal(200, entry["statusCode"].Number());
            Assert.NotNull(entry["user"]);
        });
    }

    [Fact]
    public async Task What_an_operator_changes_is_in_the_trail_of_the_site_s_org()
    {
        var (client, _) = await host.Provider();
        var site = (await client.Post("site", new { name = "a site" })).Is(201)["id"].Id();
        var command = Guid.NewGuid();
        await using (var plant = host.Database.CreateCommand(
            """
            insert into sitelink.command (id, site_id, kind, resource_id, operation, after_kinds, after_ids, needs_site, state, due, created, closed)
            values ($1, $2, 'nothing', 'x', 'Create', '{}', '{}', true, 'Dead', now(), now(), now())
            """))
        {
            plant.Parameters.Add(new NpgsqlParameter { Value = command });
            plant.Parameters.Add(new NpgsqlParameter { Value = site });
            await plant.ExecuteNonQueryAsync(Stop);
        }

        using var operators = new HttpClient { BaseAddress = host.Host.OperatorAddress };
        using var answer = await operators.PostAsync($"/ops/site-commands/{command}/retry", null, Stop);
        var entry = await Newest(client);
        Assert.Equal(($"/ops/site-commands/{command}/retry", "POST", (int)answer.StatusCode), (entry["endpoint"].Text(), entry["method"].Text(), (int)entry["statusCode"].Number()));
        Assert.Null(entry["user"]);
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
        Assert.Single(await Entries(client));
        Assert.Single((await client.Get("site")).Items());

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
