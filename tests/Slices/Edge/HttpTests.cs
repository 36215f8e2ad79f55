using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>What holds for every request, whatever it asks. spec/00-conventions.md, sections 5.1, 7, 10 and 11.</summary>
public sealed class HttpTests(TestHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private const int Limit = 1 << 20;

    private async Task<HttpResponseMessage> Raw(HttpMethod method, string path, Action<HttpRequestMessage>? with = null, Uri? address = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(address ?? host.Host.Address, path));
        with?.Invoke(request);
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? string.Join(",", values) : null;

    [Fact]
    public async Task Answers_are_json_without_a_charset_and_errors_have_their_three_members()
    {
        var client = host.As(TestHost.NewOrg(), "TENANT_ADMIN");
        Assert.Equal("application/json", (await client.Get("tenant/current")).ContentType);
        foreach (var error in new[]
        {
            await client.Get("nothing"), await client.Get("site/x"), await client.Post("site", new { name = "site" }), await client.Get($"vpc/{Guid.NewGuid()}"),
            await client.Raw(HttpMethod.Post, "vpc", "{"), await host.Host.Bearing("x", null).Get("vpc"),
        })
        {
            Assert.Equal("application/json", error.ContentType);
            Assert.Equal(["source", "message", "data"], error.Json!.AsObject().Select(member => member.Key));
            Assert.Equal("nico", error.Json!["source"].Text());
            Assert.NotEqual("", error.Json!["message"].Text());
        }
    }

    [Theory]
    [InlineData("""{"NAME":"a name","Description":null}""")]
    [InlineData("""{"name":"wrong type",  "name":"a name"} trailing {""")]
    [InlineData("""{"name":"a name","unknown":{"a":[1,2,{}]},"another":1e400}""")]
    [InlineData("\t{\n\"name\":\r\"a \\u006eame\"}")]
    public async Task A_body_is_read_generously(string body)
    {
        var (provider, _) = await host.Provider();
        Assert.Equal("a name", (await provider.Raw(HttpMethod.Post, "site", body)).Is(201)["name"].Text());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \r\n\t ")]
    [InlineData("null")]
    [InlineData("{}")]
    public async Task A_body_of_nothing_is_an_empty_object(string body)
    {
        var (provider, _) = await host.Provider();
        (await provider.Raw(HttpMethod.Post, "site", body)).Fails(400, "name");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("true")]
    [InlineData("\"name\"")]
    [InlineData("{")]
    [InlineData("{'name':'a name'}")]
    [InlineData("name=a")]
    [InlineData("{\"name\":\"a name\",}")]
    [InlineData("{\"name\":\"a \\ud800 b\"}")]
    [InlineData("{\"name\":\"a \\u0000 b\"}")]
    [InlineData("{\"na\\u0000me\":\"a\"}")]
    [InlineData("\uFEFF{}")]
    [InlineData("\u0000")]
    public async Task What_is_no_json_object_is_400_without_details(string body)
    {
        var (provider, _) = await host.Provider();
        var error = (await provider.Raw(HttpMethod.Post, "site", body)).Is(400);
        Assert.Null(error["data"]);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_and_bodies_too_deep_are_400()
    {
        var (provider, _) = await host.Provider();
        foreach (var body in new byte[][]
        {
            [.. "{\"name\":\""u8, 0xFF, 0xFE, .. "\"}"u8],
            [.. "{\"x\":\""u8, 0xC3, 0x28, .. "\",\"name\":\"a name\"}"u8],
            Encoding.ASCII.GetBytes("{\"name\":" + new string('[', 5000) + new string(']', 5000) + "}"),
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5000)),
        })
        {
            var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            (await provider.Send(HttpMethod.Post, "site", content)).Is(400);
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task Another_content_type_is_400_and_not_415(string? type)
    {
        var (provider, _) = await host.Provider();
        var content = new ByteArrayContent("{\"name\":\"a name\"}"u8.ToArray());
        content.Headers.ContentType = type is null ? null : System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);
        Assert.Null((await provider.Send(HttpMethod.Post, "site", content)).Is(400)["data"]);
        var charset = new StringContent("{\"name\":\"a name\"}", Encoding.UTF8, "application/json");
        (await provider.Send(HttpMethod.Post, "site", charset)).Is(201);
    }

    [Fact]
    public async Task A_body_of_a_mebibyte_is_read_and_one_byte_more_is_413()
    {
        var (provider, _) = await host.Provider();
        static string Body(int length) => "{\"name\":\"a name\",\"x\":\"" + new string('x', length - 24) + "\"}";
        Assert.Equal(Limit, Body(Limit).Length);
        (await provider.Raw(HttpMethod.Post, "site", Body(Limit))).Is(201);
        (await provider.Send(HttpMethod.Post, "site", Chunked(Limit - 100_000))).Is(409);
        (await provider.Send(HttpMethod.Post, "site", Chunked(Limit + 1))).Is(413);
        using var tcp = new System.Net.Sockets.TcpClient(host.Host.Address.Host, host.Host.Address.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v2/org/x/nico/site HTTP/1.1\r\nHost: x\r\nContent-Length: {Limit + 1}\r\n\r\n"), Stop);
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(Stop));

        HttpContent Chunked(int length)
        {
            var content = new StreamContent(new Unsized(Encoding.ASCII.GetBytes(Body(length))));
            content.Headers.ContentType = new("application/json");
            return content;
        }
    }

    [Fact]
    public async Task Any_origin_may_ask_without_credentials()
    {
        var answer = await Raw(HttpMethod.Get, "/v2/org/x/nico/site", request => request.Headers.Add("Origin", "https://page.example"));
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("Content-Length,X-Pagination", Header(answer, "Access-Control-Expose-Headers"));
        Assert.Equal("Origin", Header(answer, "Vary"));
        Assert.Null(Header(answer, "Access-Control-Allow-Credentials"));
        Assert.Null(Header(await Raw(HttpMethod.Get, "/v2/org/x/nico/site"), "Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("/v2/org/x/nico/site")]
    [InlineData("/v2/nothing")]
    [InlineData("/")]
    public async Task Options_ends_at_the_edge(string path)
    {
        var plain = await Raw(HttpMethod.Options, path);
        Assert.Equal(204, (int)plain.StatusCode);
        Assert.Null(Header(plain, "Access-Control-Allow-Methods"));
        var preflight = await Raw(HttpMethod.Options, path, request =>
        {
            request.Headers.Add("Origin", "https://page.example");
            request.Headers.Add("Access-Control-Request-Method", "PATCH");
            request.Headers.Add("Access-Control-Request-Headers", "authorization");
        });
        Assert.Equal(204, (int)preflight.StatusCode);
        Assert.Equal("POST,GET,PUT,DELETE,PATCH,HEAD", Header(preflight, "Access-Control-Allow-Methods"));
        Assert.StartsWith("*", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.Ordinal);
        Assert.Equal("86400", Header(preflight, "Access-Control-Max-Age"));
        Assert.Contains("Access-Control-Request-Method", Header(preflight, "Vary"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_keeps_browsers_careful()
    {
        foreach (var path in new[] { "/healthz", "/v2/org/x/nico/site", "/nothing", "/docs/" })
        {
            var answer = await Raw(HttpMethod.Get, path);
            Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
            Assert.Equal("DENY", Header(answer, "X-Frame-Options"));
            Assert.Null(Header(answer, "Server"));
            Assert.Null(Header(answer, "Strict-Transport-Security"));
        }

        Assert.Matches("^[0-9a-f]{32}$", Header(await Raw(HttpMethod.Get, "/v2/org/x/nico/site"), "X-Ngc-Trace-Id")!);
        Assert.Equal("no-store", Header(await Raw(HttpMethod.Get, "/v2/org/x/nico/site"), "Cache-Control"));
    }

    [Fact]
    public async Task Forwarded_headers_of_strangers_mean_nothing()
    {
        var org = TestHost.NewOrg();
        await Forged(host.Host, org);
        var entry = Assert.Single((await host.As(org, "TENANT_ADMIN").Get("audit")).Items())!;
        Assert.Equal("127.0.0.1", entry["clientIP"].Text());
    }

    [Fact]
    public async Task Forwarded_headers_of_a_trusted_proxy_are_believed_about_one_step()
    {
        await using var running = await TestHost.StartHost(
            await host.NewDatabase(), new Dictionary<string, string?> { ["Http:TrustedProxies:0"] = "127.0.0.1" }, host.Issuer);
        var org = TestHost.NewOrg();
        Assert.Equal("max-age=3600; includeSubdomains", Header(await Forged(running, org), "Strict-Transport-Security"));
        var entry = Assert.Single((await running.As(org, "TENANT_ADMIN").Get("audit")).Items())!;
        Assert.Equal("203.0.113.7", entry["clientIP"].Text());
    }

    private Task<HttpResponseMessage> Forged(RunningHost running, string org) => Raw(
        HttpMethod.Post,
        $"/v2/org/{org}/nico/site",
        request =>
        {
            request.Headers.Authorization = new("Bearer", running.Token(org, "TENANT_ADMIN"));
            request.Headers.Add("X-Forwarded-For", "198.51.100.1, 203.0.113.7");
            request.Headers.Add("X-Real-IP", "198.51.100.2");
            request.Headers.Add("X-Forwarded-Proto", "https");
        },
        running.Address);

    [Fact]
    public async Task Metrics_are_on_the_operator_s_port_alone()
    {
        await using var own = await TestHost.StartHost(
            await host.NewDatabase(), new Dictionary<string, string?> { ["Http:Hosts:0"] = "api.example" }, host.Issuer);
        var org = TestHost.NewOrg();
        await own.As(org, "TENANT_ADMIN").Get("tenant/current");
        await own.As(org, "TENANT_ADMIN").Get("nothing");
        await own.Bearing(org, null).Send(HttpMethod.Get, "tenant/current", null, ("Host", "stranger.example"));
        Assert.Equal(404, (int)(await Raw(HttpMethod.Get, "/metrics", null, own.Address)).StatusCode);
        Assert.Equal(404, (int)(await Raw(HttpMethod.Get, "/v2/org/x/nico/site", null, own.OperatorAddress)).StatusCode);
        Assert.Equal(200, (int)(await Raw(HttpMethod.Get, "/healthz", null, own.OperatorAddress)).StatusCode);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var text = await (await Raw(HttpMethod.Get, "/metrics", null, own.OperatorAddress)).Content.ReadAsStringAsync(Stop);
        foreach (var name in new[]
        {
            "nico_api_requests_total{", "nico_api_request_duration_seconds_bucket{", "nico_api_request_duration_seconds_count{",
            "nico_api_request_size_bytes_bucket{", "nico_api_response_size_bytes_bucket{",
        })
        {
            Assert.Contains("\n" + name, text, StringComparison.Ordinal);
        }

        // Every host of this process is in the text: the meters are the process's.
        var labels = new[]
        {
            "url=\"/v2/org/{org}/nico/tenant/current\"", "code=\"200\"", "method=\"GET\"", $"host=\"{own.Address.Authority}\"",
        };
        Assert.Contains(text.Split('\n'), line => line.StartsWith("nico_api_requests_total{", StringComparison.Ordinal)
            && labels.All(label => line.Contains(label, StringComparison.Ordinal)));
        Assert.DoesNotContain(org, text, StringComparison.Ordinal);
        Assert.DoesNotContain("stranger.example", text, StringComparison.Ordinal);
        Assert.DoesNotContain("healthz", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operator_s_port_does_nothing_for_web_pages()
    {
        foreach (var path in new[] { "/metrics", "/ops/sites", $"/ops/site-commands/{Guid.NewGuid()}/retry" })
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Options })
            {
                var answer = await Raw(method, path, request => request.Headers.Add("Origin", "https://page.example"), host.Host.OperatorAddress);
                Assert.True((int)answer.StatusCode >= 400, $"{method} {path}: {answer.StatusCode}");
                Assert.Null(Header(answer, "Access-Control-Allow-Origin"));
            }
        }
    }

    [Fact]
    public async Task A_request_leaves_one_line_without_token_and_body()
    {
        await using var running = await TestHost.StartHost(
            await host.NewDatabase(),
            new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "Information", ["Logging:LogLevel:Nico.Host.Http.RequestTelemetry"] = "Information", ["Logging:Console:LogLevel:Default"] = "None" },
            host.Issuer);
        using var log = new LogLines();
        running.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var org = TestHost.NewOrg();
        var token = running.Token(org, "PROVIDER_ADMIN");
        var client = running.Bearing(org, token);
        await client.Get("infrastructure-provider/current");
        (await client.Send(
            HttpMethod.Post,
            "site?note=do-not-log",
            new StringContent("""{"name":"a-site-of-ours","description":"confidential"}""", Encoding.UTF8, "application/json"),
            ("X-Request-Id", "req-4711"),
            ("User-Agent", "test-agent"))).Is(201);
        await client.Get($"site/{Guid.NewGuid()}");
        await running.Bearing(org, "a.broken.token").Get("site");
        await client.Get("/healthz");

        var lines = log.Lines.Where(line => line.Text.Contains("/v2/org/", StringComparison.Ordinal)).ToArray();
        Assert.Equal(4, lines.Length);
        Assert.Equal([LogLevel.Information, LogLevel.Information, LogLevel.Warning, LogLevel.Warning], lines.Select(line => line.Level));
        var post = lines[1].Text;
        foreach (var part in new[] { $"POST /v2/org/{org}/nico/site 201", "request=req-4711", "agent=test-agent", "ip=127.0.0.1", $"org={org}", "operation=create-site" })
        {
            Assert.Contains(part, post, StringComparison.Ordinal);
        }

        Assert.Matches("trace=[0-9a-f]{32} ", post);
        Assert.Contains("does not exist", lines[2].Text, StringComparison.Ordinal);
        var all = string.Join('\n', log.Lines.Select(line => line.Text));
        foreach (var secret in new[] { token, token.Split('.')[2], "a.broken.token", "confidential", "do-not-log", "healthz" })
        {
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stop_lets_the_request_that_is_under_way_finish()
    {
        var running = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?>(), host.Issuer);
        var database = running.Services.GetRequiredService<Npgsql.NpgsqlDataSource>();
        var org = TestHost.NewOrg();
        (await running.As(org, "TENANT_ADMIN").Get("tenant/current")).Is(200);
        var address = running.Address;
        var token = running.Token(org, "TENANT_ADMIN");
        await using var blocker = await database.OpenConnectionAsync(Stop);
        await using var transaction = await blocker.BeginTransactionAsync(Stop);
        await using (var block = new Npgsql.NpgsqlCommand("lock table identity.tenant in access exclusive mode", blocker))
        {
            await block.ExecuteNonQueryAsync(Stop);
        }

        var under = Raw(HttpMethod.Get, $"/v2/org/{org}/nico/tenant/current", request => request.Headers.Add("Authorization", "Bearer " + token), address);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var stop = running.DisposeAsync().AsTask();
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.False(under.IsCompleted);
        Assert.False(stop.IsCompleted);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Raw(HttpMethod.Get, "/healthz", null, address));
        await transaction.RollbackAsync(Stop);
        Assert.Equal(HttpStatusCode.OK, (await under).StatusCode);
        await blocker.DisposeAsync();
        await stop.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private sealed class Unsized(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
