using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;
using static Nico.Tests.Slices.Infrastructure.TestCertificates;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Certificate files of sites that the configuration names.</summary>
public sealed class CertificateFilesTests(TestHost host) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-files-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Files_that_are_missing_stop_neither_the_start_nor_other_sites_and_are_waited_for()
    {
        using var authority = Authority("site CA");
        using var controller = Issue(authority, "controller");
        using var client = Issue(authority, "client");
        await using var good = await TestSite.Alone();
        await using var secure = await TestSite.Alone(new SimulatorOptions
        {
            SiteName = "site-" + Guid.NewGuid().ToString("N")[..8],
            Machines = 1,
            Speed = double.PositiveInfinity,
            ServerCertificate = Write("server.crt", Pem(controller)),
            ServerKey = Write("server.key", KeyPem(controller)),
            ClientAuthority = Write("ca.crt", Pem(authority)),
        });
        var org = TestHost.NewOrg();
        await using var running = await TestHost.StartHost(
            await host.NewDatabase(),
            new Dictionary<string, string?>
            {
                ["Sites:0:Name"] = "secure",
                ["Sites:0:Org"] = org,
                ["Sites:0:Core"] = secure.Simulated.Core.ToString(),
                ["Sites:0:ClientCertificate"] = PathOf("tls.crt"),
                ["Sites:0:ClientKey"] = PathOf("tls.key"),
                ["Sites:0:Authority"] = PathOf("ca.crt"),
                ["Sites:1:Name"] = "good",
                ["Sites:1:Org"] = org,
                ["Sites:1:Core"] = good.Simulated.Core.ToString(),
            },
            host.Issuer);
        var provider = running.As(org, "PROVIDER_ADMIN");
        await provider.Eventually("site?status=Registered", sites => sites.AsArray() is [var only] && only!["name"].Text() == "good");
        JsonNode shown = JsonValue.Create(0);
        await Wait.Until(async () => !(shown = await Overview(running, secure.Simulated.Core))["answers"].Flag());
        Assert.Contains(PathOf("tls.crt"), shown["lastFailure"].Text(), StringComparison.Ordinal);

        Write("tls.crt", "no certificate");
        Write("tls.key", KeyPem(client));
        await Wait.Until(async () => !(await Overview(running, secure.Simulated.Core))["lastFailure"].Text().Contains(PathOf("tls.crt"), StringComparison.Ordinal));
        Write("tls.crt", Pem(client));
        await provider.Eventually("site?status=Registered", sites => sites.AsArray().Count == 2);
        Assert.True((await Overview(running, secure.Simulated.Core))["answers"].Flag());
        Assert.Equal("CN=controller", (await Overview(running, secure.Simulated.Core))["controller"]!["subject"].Text());
    }

    private static async Task<JsonNode> Overview(RunningHost running, Uri core)
    {
        using var http = new HttpClient { BaseAddress = running.OperatorAddress };
        return JsonNode.Parse(await http.GetStringAsync("/ops/sites", TestContext.Current.CancellationToken))!.AsArray()
            .Single(site => new Uri(site!["core"].Text()) == core)!;
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
