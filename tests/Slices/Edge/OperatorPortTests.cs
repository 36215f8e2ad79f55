using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>Who may use the operator's port.</summary>
public sealed class OperatorPortTests(TestHost host)
{
    private static readonly string[] _routes = ["/ops/sites", "/ops/site-commands", "/ops/keys", "/metrics"];

    [Fact]
    public async Task It_answers_to_its_own_names_only()
    {
        foreach (var path in _routes)
        {
            Assert.Equal(200, await Ask(host.Host, path));
            Assert.Equal(200, await Ask(host.Host, path, "localhost:9360"));
            foreach (var name in new[] { "evil.example", "127.0.0.1.evil.example", "198.51.100.7", "localhost.evil.example" })
            {
                Assert.Equal(403, await Ask(host.Host, path, name));
            }
        }

        Assert.Equal(200, await Ask(host.Host, "/readyz", "evil.example"));
    }

    [Fact]
    public async Task Beyond_loopback_metrics_and_health_are_open_and_the_rest_asks_for_a_token()
    {
        var open = new Dictionary<string, string?> { ["Http:MetricsAddress"] = "0.0.0.0", ["Http:OperatorHosts:0"] = "nico.example" };
        await using (var without = await TestHost.StartHost(await host.NewDatabase(), open, host.Issuer))
        {
            foreach (var path in _routes)
            {
                Assert.Equal(path == "/metrics" ? 200 : 403, await Ask(without, path));
                Assert.Equal(path == "/metrics" ? 200 : 403, await Ask(without, path, token: "guess"));
            }

            Assert.Equal(200, await Ask(without, "/healthz"));
        }

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "s3cret\n", TestContext.Current.CancellationToken);
            await using var with = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?>(open) { ["Http:OperatorTokenFile"] = file }, host.Issuer);
            Assert.Equal(401, await Ask(with, "/ops/sites"));
            Assert.Equal(401, await Ask(with, "/ops/sites", token: "wrong"));
            Assert.Equal(200, await Ask(with, "/ops/sites", token: "s3cret"));
            Assert.Equal(200, await Ask(with, "/ops/sites", "nico.example:9360", "s3cret"));
            await File.WriteAllTextAsync(file, "another", TestContext.Current.CancellationToken);
            Assert.Equal(401, await Ask(with, "/ops/sites", token: "s3cret"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<int> Ask(RunningHost host, string path, string? name = null, string? token = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{host.OperatorAddress.Port}{path}");
        request.Headers.Host = name;
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }
}
