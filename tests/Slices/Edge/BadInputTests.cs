using System.Text;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>
/// Wrong values for every path, query and body value of every operation, made from the service's own document: whatever comes
/// in, the answer is one that the document knows (the client checks that), never a failure of ours, and says which field is wrong.
/// </summary>
public sealed partial class BadInputTests(TestHost host)
{
    private const string UnknownId = Bodies.UnknownId;

    private static readonly string[] _texts =
    [
        "", " ", "\t\n", "x", " a", "a ", "a\n", "a\0b", "\0", "'", "\"", "';select pg_sleep(9);--", "' or '1'='1", "%", "_", "\\", "%s%n{0}${x}", "a' & 'b", "(a | b) & !c:*",
        "../../etc/passwd", "<script>alert(1)</script>", "null", "NaN", "[]", "{}", "0", "-1", "1e999", "99999999999999999999999999", "2147483648", "-9223372036854775809",
        "true", "\u202Eabc", "é", "日本", "😀", "\uFFFF", UnknownId, UnknownId.ToUpperInvariant(), "{" + UnknownId + "}", "urn:uuid:" + UnknownId, UnknownId[..^1], UnknownId + "0",
        "00000000-0000-0000-0000-000000000000", "10.0.0.0/8", "10.0.0.1/8", "300.0.0.1", "::/0", "fd00::/129", "2024-01-01T00:00:00Z", "0001-01-01", "9999999-01-01",
        new('a', 300), new('é', 200), new('a', 3000),
    ];

    private static readonly string[] _json =
    [
        "null", "true", "false", "0", "-1", "1", "1.5", "1e2", "1e400", "-1e400", "2147483648", "-2147483649", "9223372036854775808", "123456789012345678901234567890",
        "[]", "[null]", "[[]]", "[1]", "[\"x\"]", "[\"x\",\"x\"]", "[{}]", "[{\"a\":{\"b\":[]}}]", "{}", "{\"a\":null}", "{\"a\":1}", "{\"a\":\"b\"}", "{\"\":\"\"}", "{\"a.b[0]\":7}",
        "{\"id\":\"" + UnknownId + "\"}", "[\"" + UnknownId + "\"]", "[\"" + UnknownId + "\",\"" + UnknownId + "\"]",
    ];

    [Fact]
    public async Task Every_query_parameter_takes_any_text()
    {
        var world = await World();
        foreach (var operation in world.Operations)
        {
            foreach (var parameter in operation.Query)
            {
                var name = parameter["name"].Text();
                var schema = OpenApi.Resolve(world.Document, parameter["schema"]!);
                var item = schema["items"] is { } items ? OpenApi.Resolve(world.Document, items) : schema;
                var isText = TypeOf(item) is "string" && world.Bodies.Values(item).Length == 0 && item["format"]?.ToString() != "uuid";
                foreach (var text in _texts.Concat(world.Bodies.Values(schema).SelectMany(value => new[] { value, value + " ", value + "," + value, value.ToLowerInvariant() })))
                {
                    foreach (var form in new[] { $"{name}={Uri.EscapeDataString(text)}", $"{name}=&{name}={Uri.EscapeDataString(text)}" })
                    {
                        var answer = await world.Client.Send(operation.Method, world.Path(operation) + "?" + form, Body(operation, "{}"));
                        Assert.True(answer.Status < 500, answer.ToString());
                        if (!isText && text is "x" or "[]" && !form.Contains("=&", StringComparison.Ordinal) && operation.Method == HttpMethod.Get)
                        {
                            var key = name switch { "pageNumber" => "PageNumber", "pageSize" => "PageSize", "orderBy" => "OrderByStr", _ => name };
                            answer.Fails(400, key);
                        }
                    }
                }

                (await world.Client.Send(operation.Method, $"{world.Path(operation)}?{name}=%FF%FE%C3%28&{name}[]=1&{name}[a]=b&{name}", Body(operation, "{}"))).AssertNoFault();
            }
        }
    }

    [Fact]
    public async Task Every_path_value_takes_any_text()
    {
        var world = await World();
        foreach (var operation in world.Operations)
        {
            foreach (var parameter in operation.InPath)
            {
                var isUuid = OpenApi.Resolve(world.Document, parameter["schema"]!)["format"]?.ToString() == "uuid";
                foreach (var text in _texts.Where(text => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) && text is not "../../etc/passwd"))
                {
                    var path = world.Path(operation, parameter["name"].Text(), Uri.EscapeDataString(text));
                    var answer = await world.Client.Send(operation.Method, path, Body(operation, "{}"));
                    answer.AssertNoFault();
                    if (isUuid && text is "x" or "'" or "99999999999999999999999999")
                    {
                        Assert.True(answer.Status is 400 or 404, answer.ToString());
                    }
                }
            }
        }
    }

    /// <summary>
    /// On resources that exist, over bodies that would be good without the value, so that the value meets the operation's last rule;
    /// what was refused has changed nothing.
    /// </summary>
    [Fact]
    public async Task Every_body_value_takes_anything_and_what_is_refused_changes_nothing()
    {
        var settings = new Dictionary<string, string?> { ["SiteLink:RequestWait"] = "00:00:00.010", ["Hardware:SilenceLimit"] = "01:00:00" };
        var database = await host.NewDatabase();
        await using var quiet = await TestHost.StartHost(database, settings, host.Issuer);
        await using var estate = await Estate.Make(quiet);
        await estate.World.Quiet();

        // From here on nothing changes that nobody asks for.
        await estate.DisposeAsync();
        await estate.World.Silent();
        var document = await OpenApi.Document(host);
        var bodies = new Bodies(document, estate.Ids);
        var (refused, done) = (0, 0);
        foreach (var operation in OpenApi.Operations(document).Where(operation => operation.Body is not null))
        {
            var path = operation.Method == HttpMethod.Delete ? operation.Path.Replace("{org}", estate.Client.Org, StringComparison.Ordinal) : estate.Path(operation);
            foreach (var (field, schema) in bodies.Fields(operation.Body!))
            {
                var type = TypeOf(schema);
                var state = await State(estate);
                var values = _json.Concat(_texts.Take(type is "string" or "array" ? int.MaxValue : 5).Select(text => JsonValue.Create(text).ToJsonString()))
                    .Concat(bodies.Values(schema).SelectMany(value => new[] { value, value + "," + value, value.ToLowerInvariant(), " " + value }).Select(value => JsonValue.Create(value).ToJsonString()))
                    .Append(JsonValue.Create(new string('a', 100_000)).ToJsonString())
                    .Append(string.Concat(Enumerable.Repeat("[", 60)) + string.Concat(Enumerable.Repeat("]", 60)));
                foreach (var value in values)
                {
                    // What comes beside the value matters little: for the shorter list, and on top, the full body as well.
                    foreach (var full in field.Length == 1 && _json.Contains(value) ? new[] { false, true } : [false])
                    {
                        var text = Bodies.With(full ? bodies.Full(operation) : bodies.Good(operation), field, value);
                        var answer = await estate.Client.Raw(operation.Method, path, text);
                        Assert.True(answer.Status < 500, $"{text[..Math.Min(text.Length, 500)]}\n{answer}");
                        if (field.Length == 1 && IsOfAnotherType(value, type))
                        {
                            Assert.True(answer.Status == 400 && answer.Json!["data"]?[field[0]] is not null, $"{text[..Math.Min(text.Length, 500)]}: {answer}");
                        }

                        if (answer.Status < 300)
                        {
                            done++;
                            state = await State(estate);
                        }
                        else
                        {
                            refused++;
                        }
                    }
                }

                Assert.True(state == await State(estate), $"something that was refused with a bad {string.Join('.', field)} of {operation.Id} has changed something");
            }
        }

        Assert.True(refused > 1000 && done > 50, $"{refused} refused, {done} done");
    }

    [Fact]
    public async Task Every_operation_takes_any_body()
    {
        var world = await World();
        byte[][] bodies =
        [
            .. new[]
            {
                "", "null", "[]", "[{}]", "1", "\"text\"", "{", "}", "{}{}", "{\"a\":1,\"a\":2}", "{\"\":1}", "{\"\\u0000\":1}", "{\"name\":\"\\ud800\"}", "{\"name\":{\"name\":{\"name\":[]}}}",
                "{\"x\":1e999999,\"y\":-0,\"z\":" + new string('9', 5000) + "}", "{\"x\":\"" + new string('x', 500_000) + "\"}",
                string.Concat(Enumerable.Repeat("{\"a\":", 2000)) + "1" + new string('}', 2000),
                "{" + string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"\"k{i}\":{i}")) + "}",
            }.Select(Encoding.UTF8.GetBytes),
            [0], [0xFF, 0xFE], [.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8],
        ];
        foreach (var operation in world.Operations)
        {
            foreach (var body in bodies)
            {
                var content = new ByteArrayContent(body);
                content.Headers.ContentType = new("application/json");
                (await world.Client.Send(operation.Method, world.Path(operation), content)).AssertNoFault();
            }

            if (operation.Body is not null)
            {
                // Members twice, in another case, and with what nobody asked for: read as if all were well.
                var example = world.Bodies.Full(operation);
                var twice = "{" + string.Join(",", example.SelectMany(member => new[]
                {
                    $"\"{member.Key.ToUpperInvariant()}\":{{\"wrong\":[]}}", $"\"{member.Key}\":{member.Value?.ToJsonString() ?? "null"}", $"\"{member.Key}x\":\"\\u0000\".",
                }.Take(2))) + ",\"unknown\":1e5000}";
                (await world.Client.Raw(operation.Method, world.Path(operation), twice)).AssertNoFault();
            }
        }
    }

    private static bool IsOfAnotherType(string json, string type) => type switch
    {
        "string" => json is "true" or "0" or "1.5" or "[]" or "[1]" or "{}" or "{\"a\":1}",
        "boolean" => json is "0" or "1" or "[]" or "{}" or "\"x\"" or "\"true\"",
        "integer" => json is "true" or "1.5" or "1e400" or "[]" or "{}" or "\"x\"" or "\"0\"" or "123456789012345678901234567890",
        "array" => json is "true" or "0" or "{}" or "\"x\"" or "{\"a\":1}",
        "object" => json is "true" or "0" or "[]" or "\"x\"" or "[1]",
        _ => false,
    };

    private static string TypeOf(JsonNode schema) => OpenApi.TypeOf(schema);

    /// <summary>A digest of every row that requests change; the audit trail grows, and people are seen, whatever is asked.</summary>
    private static async Task<string> State(Estate estate) => await estate.World.Read<string>(
        string.Join(" union all ", (await Tables(estate)).Select(table => $"select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as d from {table} t"))
            is var each ? $"select md5(string_agg(d, '|')) from ({each}) as all_tables" : "", new { });

    private static async Task<string[]> Tables(Estate estate) => await estate.World.Read<string[]>(
        """
        select array_agg(schemaname || '.' || tablename order by 1)
        from pg_tables
        where schemaname in ('identity', 'networking', 'compute', 'hardware')
          and tablename <> 'users'
        """,
        new { });

    private static StringContent? Body(ApiOperation operation, string text) =>
        operation.Body is null ? null : new StringContent(text, Encoding.UTF8, "application/json");

    private async Task<TestWorld> World()
    {
        var account = await host.ServiceAccount();
        var site = (await account.Client.Post("site", new { name = "a site" })).Is(201)["id"].Id();
        var document = await OpenApi.Document(host);
        var ids = new Dictionary<string, string>
        {
            ["siteId"] = site.ToString(),
            ["tenantId"] = account.TenantId.ToString(),
            ["infrastructureProviderId"] = account.ProviderId.ToString(),
        };
        foreach (var name in new[] { "ipv4BlockId", "operatingSystemId", "id", "vpcPrefixId", "resourceTypeId" })
        {
            ids[name] = UnknownId;
        }

        return new TestWorld(account, site, document, [.. OpenApi.Operations(document)], new Bodies(document, ids));
    }

    private sealed record TestWorld(ServiceAccount Account, Guid SiteId, JsonObject Document, IReadOnlyList<ApiOperation> Operations, Bodies Bodies)
    {
        public ApiClient Client => Account.Client;

        public string Path(ApiOperation operation, string? name = null, string? value = null)
        {
            var path = operation.Path.Replace("{org}", Account.Org, StringComparison.Ordinal);
            foreach (var parameter in operation.InPath.Select(parameter => parameter["name"].Text()))
            {
                path = path.Replace($"{{{parameter}}}", parameter == name ? value : parameter == "siteId" ? SiteId.ToString() : UnknownId, StringComparison.Ordinal);
            }

            return path;
        }
    }
}

file static class Faults
{
    public static void AssertNoFault(this Answer answer) => Assert.True(answer.Status < 500, answer.ToString());
}
