using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>Hostile names, beside hostile values, and what is one more than a bound allows.</summary>
public sealed partial class BadInputTests
{
    private const int LongestError = 64 << 10;

    /// <summary>What is worse than linear takes minutes for such bodies; what is linear takes milliseconds, on a slow machine too.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private static readonly (string Members, bool CanBeText)[] _names =
    [
        ($"\"{string.Join('.', Enumerable.Repeat("a", 120_000))}\":5", true),
        ($"\"{new string('n', 1_000_000)}\":5", true),
        ($"\"{new string('[', 100_000)}\":5", true),
        ("\"\":5", true),
        ("\"a[0].b]['x']\":5", true),
        ("\"a\\\"b\\\\c'\":5", true),
        ("\"日本😀é\\u202e\\u0007\":5", true),
        ("\"\\u0000\":5", false),
        ("\"a\\u0000b\":5", false),
        ("\"\\ud800\":5", false),
        (string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"k{i}\":5")), true),
    ];

    [Fact]
    public async Task Every_object_of_every_body_takes_any_names()
    {
        var world = await World();
        var dictionaries = 0;
        foreach (var operation in world.Operations.Where(operation => operation.Body is not null))
        {
            var objects = world.Bodies.Fields(operation.Body!).Where(field => TypeOf(field.Schema) == "object").Prepend(([], operation.Body!));
            foreach (var (path, schema) in objects)
            {
                foreach (var (members, canBeText) in _names)
                {
                    var good = world.Bodies.Good(operation);
                    var text = path.Length > 0 ? Bodies.With(good, path, "{" + members + "}")
                        : good.Count == 0 ? "{" + members + "}"
                        : "{" + members + "," + good.ToJsonString()[1..];
                    var started = Stopwatch.StartNew();
                    var answer = await world.Client.Raw(operation.Method, world.Path(operation), text);
                    var about = $"{operation.Id} {string.Join('.', path)} {members[..Math.Min(members.Length, 40)]}: {answer}";
                    Assert.True(answer.Status < 500, about);
                    Assert.True(started.Elapsed < _patience, $"{started.Elapsed} {about}");
                    Assert.True(answer.Status < 400 || Encoding.UTF8.GetByteCount(answer.Text) <= LongestError, about);
                    if (path.Length > 0 && schema["additionalProperties"] is not null && canBeText)
                    {
                        dictionaries++;
                        Assert.True(answer.Status == 400 && answer.Json!["data"]?[path[0]] is not null, about);
                    }
                }
            }
        }

        Assert.True(dictionaries > 50);
    }

    [Fact]
    public async Task Every_query_takes_any_names()
    {
        var world = await World();
        string[] names =
        [
            string.Join('.', Enumerable.Repeat("a", 3000)), "", "a%5B0%5D.b", "%22%27", "%00", "a%00", "%ED%A0%80", "%E6%97%A5", string.Join("&", Enumerable.Range(0, 700).Select(i => "k" + i)),
            "pageSize=5&PageSize", "pageSize%00",
        ];
        foreach (var operation in world.Operations)
        {
            foreach (var name in names)
            {
                var answer = await world.Client.Send(operation.Method, $"{world.Path(operation)}?{name}=1&{name}=2", Body(operation, "{}"));
                Assert.True(answer.Status < 500 && Encoding.UTF8.GetByteCount(answer.Text) <= LongestError, answer.ToString());
            }
        }
    }

    [Theory]
    [InlineData("X-Long-Value", 20_000)]
    [InlineData("X-Request-Id", 16_000)]
    [InlineData("User-Agent", 16_000)]
    [InlineData("", 20_000)]
    public async Task Headers_of_any_length_are_answered(string name, int length)
    {
        var header = name.Length > 0 ? $"{name}: {new string('v', length)}" : $"{new string('n', length)}: v";
        Assert.StartsWith("HTTP/1.1 ", await FirstLine(Encoding.ASCII.GetBytes(header + "\r\n")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_of_any_bytes_are_answered()
    {
        foreach (var header in new byte[][]
        {
            [.. "X-Request-Id: "u8, 0xFF, 0xFE, .. "\r\n"u8], [.. "User-Agent: \""u8, 0xC3, 0xA9, .. "'\r\n"u8], [.. "X-A: a"u8, 0, .. "b\r\n"u8], [.. "X.[\"]: 1\r\n"u8],
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 150).Select(i => $"X-{i}: 1\r\n"))),
        })
        {
            Assert.StartsWith("HTTP/1.1 ", await FirstLine(header), StringComparison.Ordinal);
        }
    }

    /// <summary>One byte, one entry or one member more than the document allows is 400 under the field's name, on every route.</summary>
    [Fact]
    public async Task Every_field_keeps_its_bound()
    {
        var world = await World();
        var checks = 0;
        foreach (var operation in world.Operations.Where(operation => operation.Body is not null))
        {
            foreach (var (field, schema) in world.Bodies.Fields(operation.Body!))
            {
                var tooMuch = (TypeOf(schema), schema["maxLength"], schema["maxItems"], schema["maxProperties"]) switch
                {
                    ("string", { } most, _, _) => JsonValue.Create(new string('a', most.Number() + 1)).ToJsonString(),
                    ("array", _, { } most, _) => $"[{string.Join(',', Enumerable.Repeat("null", most.Number() + 1))}]",
                    ("object", _, _, { } most) => $"{{{string.Join(',', Enumerable.Range(0, most.Number() + 1).Select(i => $"\"k{i}\":\"v\""))}}}",
                    _ => null,
                };
                if (tooMuch is not null)
                {
                    checks++;
                    var answer = await world.Client.Raw(operation.Method, world.Path(operation), Bodies.With(world.Bodies.Good(operation), field, tooMuch));
                    Assert.True(answer.Status == 400 && answer.Json!["data"]?[field[0]] is not null, $"{operation.Id} {string.Join('.', field)}: {answer}");
                }
            }
        }

        Assert.True(checks > 100);
    }

    /// <summary>However much is wrong, at most 100 fields are named, in an answer of at most 64 kB.</summary>
    [Fact]
    public async Task Errors_are_bounded()
    {
        var world = await World();
        var capabilities = string.Join(',', Enumerable.Repeat("""{"type":5,"name":5,"cores":"x","threads":"x","count":"x","vendor":5,"deviceType":5,"capacity":5}""", 100));
        var answer = await world.Client.Raw(HttpMethod.Post, "instance/type", $$"""{"name":"a","machineCapabilities":[{{capabilities}}]}""");
        var error = answer.Fails(400, "machineCapabilities");
        Assert.InRange(Leaves(error["data"]!), 50, 100);
        Assert.InRange(Encoding.UTF8.GetByteCount(answer.Text), 1, LongestError);
        static int Leaves(JsonNode node) => node is JsonObject inner ? inner.Sum(member => Leaves(member.Value!)) : 1;
    }

    private async Task<string> FirstLine(byte[] header)
    {
        using var tcp = new TcpClient(host.Host.Address.Host, host.Host.Address.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /v2/org/x/nico/site HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"), TestContext.Current.CancellationToken);
        await stream.WriteAsync(header, TestContext.Current.CancellationToken);
        await stream.WriteAsync("\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }
}
