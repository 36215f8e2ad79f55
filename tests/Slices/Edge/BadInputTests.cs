using System.Text;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>
/// Wrong values for every path, query and body value of every operation, made from the service's own document: whatever comes
/// in, the answer is one that the document knows (the client checks that), never a failure of ours, and says which field is wrong.
/// </summary>
public sealed class BadInputTests(TestHost host)
{
    private const string UnknownId = "018f2c5e-9d1c-7cc0-8f00-3e2f5b6a7c8d";

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
                var isText = TypeOf(item) is "string" && Values(world, item).Length == 0 && item["format"]?.ToString() != "uuid";
                foreach (var text in _texts.Concat(Values(world, schema).SelectMany(value => new[] { value, value + " ", value + "," + value, value.ToLowerInvariant() })))
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

    [Fact]
    public async Task Every_body_value_takes_anything()
    {
        var world = await World();
        var number = 0;
        foreach (var operation in world.Operations.Where(operation => operation.Body is not null))
        {
            foreach (var (path, schema) in Fields(world, operation.Body!, [], 0))
            {
                var type = TypeOf(schema);
                var values = _json.Concat(_texts.Take(type is "string" or "array" ? int.MaxValue : 5).Select(text => JsonValue.Create(text).ToJsonString()))
                    .Concat(Values(world, schema).SelectMany(value => new[] { value, value + "," + value, value.ToLowerInvariant(), " " + value }).Select(value => JsonValue.Create(value).ToJsonString()))
                    .Append(JsonValue.Create(new string('a', 100_000)).ToJsonString())
                    .Append(string.Concat(Enumerable.Repeat("[", 60)) + string.Concat(Enumerable.Repeat("]", 60)));
                foreach (var value in values)
                {
                    foreach (var full in new[] { false, true })
                    {
                        var body = full ? Example(world, operation.Body!, ++number, 0).AsObject() : [];
                        var text = With(body, path, value);
                        var answer = await world.Client.Raw(operation.Method, world.Path(operation), text);
                        Assert.True(answer.Status < 500, $"{text[..Math.Min(text.Length, 500)]}\n{answer}");
                        if (path.Length == 1 && IsOfAnotherType(value, type))
                        {
                            Assert.True(answer.Status == 400 && answer.Json!["data"]?[path[0]] is not null, $"{text[..Math.Min(text.Length, 500)]}: {answer}");
                        }
                    }
                }
            }
        }
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
                var example = Example(world, operation.Body, 7, 0).AsObject();
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

    /// <summary>The values of an enumeration, behind a list too.</summary>
    private static string[] Values(TestWorld world, JsonNode schema) =>
        schema["enum"] is JsonArray values ? [.. values.Where(value => value is not null).Select(value => value.Text())]
        : schema["items"] is { } items ? Values(world, OpenApi.Resolve(world.Document, items))
        : [];

    /// <summary>Every field of a body, nested ones too, in objects and in lists of objects.</summary>
    private static IEnumerable<(string[] Path, JsonNode Schema)> Fields(TestWorld world, JsonNode schema, string[] at, int depth)
    {
        foreach (var (name, declared) in schema["properties"]?.AsObject() ?? [])
        {
            var field = OpenApi.Resolve(world.Document, declared!);
            string[] path = [.. at, name];
            yield return (path, field);
            if (depth < 3)
            {
                var inner = field["items"] is { } items ? OpenApi.Resolve(world.Document, items) : field;
                foreach (var nested in Fields(world, inner, field["items"] is null ? path : [.. path, "0"], depth + 1))
                {
                    yield return nested;
                }
            }
        }
    }

    /// <summary>A body with a plausible value in every field.</summary>
    private static JsonNode Example(TestWorld world, JsonNode schema, int number, int depth)
    {
        var resolved = OpenApi.Resolve(world.Document, schema);
        if (Values(world, resolved) is [var first, ..] && resolved["items"] is null)
        {
            return first;
        }

        switch (TypeOf(resolved))
        {
            case "integer": return 1;
            case "number": return 1.5;
            case "boolean": return true;
            case "array": return depth > 3 ? new JsonArray() : new JsonArray(Example(world, resolved["items"]!, number, depth + 1));
            case "object":
                var body = new JsonObject();
                foreach (var (name, field) in resolved["properties"]?.AsObject() ?? [])
                {
                    body[name] = name switch
                    {
                        "siteId" => world.SiteId.ToString(),
                        "tenantId" => world.Account.TenantId.ToString(),
                        "infrastructureProviderId" => world.Account.ProviderId.ToString(),
                        "prefix" => $"10.{number / 250 % 250}.{number % 250}.0",
                        "prefixLength" => 24,
                        "name" => $"name-{number}",
                        _ => depth > 3 ? null : Example(world, field!, number, depth + 1),
                    };
                }

                return body;
            default: return resolved["format"]?.ToString() == "uuid" ? UnknownId : "text";
        }
    }

    /// <summary>The body's text with <paramref name="json"/> at the path; what is missing on the way is made.</summary>
    private static string With(JsonObject body, string[] path, string json)
    {
        const string Mark = "@@here@@";
        JsonNode at = body;
        for (var i = 0; i < path.Length - 1; i++)
        {
            if (path[i] == "0")
            {
                var list = at.AsArray();
                if (list.Count == 0 || list[0] is not JsonObject)
                {
                    list.Insert(0, new JsonObject());
                }

                at = list[0]!;
            }
            else
            {
                var next = path[i + 1] == "0" ? typeof(JsonArray) : typeof(JsonObject);
                if (at[path[i]]?.GetType() != next)
                {
                    at[path[i]] = next == typeof(JsonArray) ? new JsonArray() : new JsonObject();
                }

                at = at[path[i]]!;
            }
        }

        at[path[^1]] = Mark;
        return body.ToJsonString().Replace($"\"{Mark}\"", json, StringComparison.Ordinal);
    }

    private static StringContent? Body(ApiOperation operation, string text) =>
        operation.Body is null ? null : new StringContent(text, Encoding.UTF8, "application/json");

    private async Task<TestWorld> World()
    {
        var account = await host.ServiceAccount();
        var site = (await account.Client.Post("site", new { name = "a site" })).Is(201)["id"].Id();
        var document = await OpenApi.Document(host);
        return new TestWorld(account, site, document, [.. OpenApi.Operations(document)]);
    }

    private sealed record TestWorld(ServiceAccount Account, Guid SiteId, JsonObject Document, IReadOnlyList<ApiOperation> Operations)
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
