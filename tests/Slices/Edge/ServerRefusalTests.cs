using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>What is refused before it is a request has the usual body as well: docs/limits.md, section "Of one request".</summary>
public sealed class ServerRefusalTests(TestHost host)
{
    private const string Good = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_the_server_refuses_has_the_usual_body()
    {
        string[] headers = ["Authorization: Bearer ", "Cookie: a=", "X-Odd: ", "X-Forwarded-For: "];
        (int Status, string Says, string Request)[] refused =
        [
            .. headers.Select(header => (431, "32768 bytes", With(header + new string('a', 40_000)))),
            (431, "or more than 100", With(string.Join("\r\n", Enumerable.Range(0, 150).Select(i => $"X-{i}: {i}")))),
            (414, "8192 bytes", $"GET /{new string('a', 9000)} HTTP/1.1\r\nHost: x\r\n\r\n"),
            (505, "version", "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n"),
            (400, "could not be read", "nonsense\r\n\r\n"),
            (400, "could not be read", With("no colon")),
            (400, "could not be read", "GET /healthz HTTP/1.1\r\n\r\n"),
            (400, "could not be read", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n"),
            (400, "could not be read", "GET /%zz\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
            (400, "could not be read", "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n"),
        ];
        foreach (var address in new[] { host.Host.Address, host.Host.OperatorAddress })
        {
            foreach (var (status, says, request) in refused)
            {
                IsRefused(await Ask(address, request), status, says);
            }

            // What came before on the connection is answered as it is.
            var two = await Ask(address, Good + "nonsense\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", two, StringComparison.Ordinal);
            IsRefused(two[two.IndexOf("HTTP/1.1 400", StringComparison.Ordinal)..], 400, "could not be read");
        }
    }

    [Fact]
    public async Task The_limit_of_headers_can_be_set()
    {
        await using var running = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?> { ["Limits:HeadersBytes"] = "90000" }, host.Issuer);
        var answer = await Ask(running.Address, $"GET /v2/org/x/nico/site HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {new string('a', 80_000)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
        IsRefused(await Ask(running.Address, With("Authorization: Bearer " + new string('a', 95_000))), 431, "90000 bytes");
    }

    private static string With(string header) => $"GET /healthz HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n";

    private static void IsRefused(string answer, int status, string says)
    {
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"expected {status}: {answer}");
        var (head, body) = (answer[..end].Split("\r\n"), answer[(end + 4)..]);
        Assert.StartsWith($"HTTP/1.1 {status} ", head[0], StringComparison.Ordinal);
        foreach (var header in new[] { "Content-Type: application/json", "X-Content-Type-Options: nosniff", "Connection: close", $"Content-Length: {body.Length}" })
        {
            Assert.Contains(header, head);
        }

        var error = JsonNode.Parse(body)!.AsObject();
        Assert.Equal(["source", "message", "data"], error.Select(member => member.Key));
        Assert.Equal("nico", error["source"].Text());
        Assert.Contains(says, error["message"].Text(), StringComparison.Ordinal);
    }

    /// <summary>Everything that comes back until the server closes the connection.</summary>
    private static async Task<string> Ask(Uri address, string request)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", address.Port, Stop);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Stop);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, Stop) is > 0 and var read)
            {
                answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // The rest of what was sent is not read: the connection may be reset once all has been answered.
        }

        return answer.ToString();
    }
}
