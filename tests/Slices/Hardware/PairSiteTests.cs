using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Nico.Host.Secrets;
using Nico.SharedKernel.Secrets;
using Nico.Tests.Slices.Infrastructure;
using Xunit;
using static Nico.Tests.Slices.Infrastructure.TestCertificates;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Controllers introduce themselves with their site's one-time token.</summary>
public sealed class PairSiteTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    private ApiClient Controller => host.Host.Bearing("none", null);

    [Fact]
    public async Task Two_sites_each_with_its_own_machines_one_of_them_paired_by_a_process_of_its_own()
    {
        var account = await host.ServiceAccount();
        await using var configured = await host.Site(account.Org);
        var site = (await account.Client.Post("site", new { name = "second" })).Is(201);
        var id = site["id"].Text();
        var folder = Directory.CreateTempSubdirectory("nico-paired-");
        try
        {
            using var simulator = new Process
            {
                StartInfo = new ProcessStartInfo("dotnet",
                [
                    Path.Combine(AppContext.BaseDirectory, "nico.dll"), "simulate", "--token", site["registrationToken"].Text(), "--nico", host.Host.Address.ToString(),
                    "--machines", "3", "--speed", "10000", "--port", "0", "--control-port", "0", "--data", folder.FullName,
                ])
                { RedirectStandardOutput = true },
            };
            simulator.Start();
            try
            {
                while (await simulator.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("Paired", StringComparison.Ordinal))
                {
                }

                var registered = await account.Client.Eventually($"site/{id}", s => s["status"].Text() == "Registered");
                Assert.Null(registered["registrationToken"]);
                Assert.Null(registered["registrationTokenExpiration"]);
                var own = await account.Client.Eventually($"machine?siteId={id}", list => list.AsArray().Count == 3);
                var others = await account.Client.Eventually($"machine?siteId={configured.Id}", list => list.AsArray().Count == 4);
                Assert.Equal(7, own.AsArray().Concat(others.AsArray()).Select(machine => machine!["id"].Text()).Distinct().Count());
            }
            finally
            {
                simulator.Kill();
                await simulator.WaitForExitAsync(CancellationToken.None);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_token_pairs_once_and_a_renewed_one_pairs_again()
    {
        var (provider, _) = await host.Provider();
        var (id, token) = await Declared(provider);
        await using var first = await TestSite.Alone();
        await using var second = await TestSite.Alone();
        var paired = (await Pair(token, first)).Is(200);
        Assert.Equal(id, paired["siteId"].Text());
        Assert.Equal("site", paired["name"].Text());
        await provider.Eventually($"site/{id}", site => site["status"].Text() == "Registered");
        await provider.Eventually($"machine?siteId={id}", list => Ids(list).SetEquals(first.Simulated.MachineIds));
        var used = await Pair(token, second);

        var renewed = (await provider.Patch($"site/{id}", new { renewRegistrationToken = true })).Is(200);
        Assert.Equal("Registered", renewed["status"].Text());
        Assert.Equal(used.Text, (await Pair(token, second)).Text);
        (await Pair(renewed["registrationToken"].Text(), second)).Is(200);
        await provider.Eventually($"machine?siteId={id}", list => second.Simulated.MachineIds.All(Ids(list).Contains));
    }

    [Fact]
    public async Task A_pairing_is_in_the_audit_of_the_site_s_org_without_its_secrets_and_a_stranger_s_try_in_nobody_s()
    {
        var (provider, _) = await host.Provider();
        var (_, token) = await Declared(provider);
        using var authority = Authority("CA");
        using var client = Issue(authority, "client");
        const string Core = "https://core.example:1079";
        var before = await _world.Read<int>("select count(*)::int from audit.entry where endpoint = '/pair' and org_name = ''", new { });
        (await Controller.Post("/pair", new { token = "wrong", core = Core })).Fails(401);
        (await Controller.Post("/pair", new { token })).Fails(400, "core");
        (await Controller.Post("/pair", new { token, core = Core, authority = Pem(authority), clientCertificate = Pem(client), clientKey = KeyPem(client) })).Is(200);
        (await Controller.Post("/pair", new { token, core = Core })).Fails(401);
        var entry = Assert.Single((await provider.Get("audit?pageSize=100")).Items(), entry => entry!["endpoint"].Text() == "/pair")!;
        Assert.Equal(("POST", 200, ""), (entry["method"].Text(), entry["statusCode"].Number(), entry["statusMessage"].Text()));
        Assert.Null(entry["user"]);
        Assert.Equal(Core, entry["body"]!["core"].Text());
        Assert.Equal(Pem(client), entry["body"]!["clientCertificate"].Text());
        Assert.All(["token", "clientKey"], secret => Assert.Equal(new string('*', 19), entry["body"]![secret].Text()));
        Assert.Equal(before, await _world.Read<int>("select count(*)::int from audit.entry where endpoint = '/pair' and org_name = ''", new { }));
    }

    [Fact]
    public async Task Wrong_used_and_expired_tokens_are_answered_alike()
    {
        var (provider, _) = await host.Provider();
        var (_, used) = await Declared(provider, "used");
        var (expiredId, expired) = await Declared(provider, "expired");
        var (deletedId, deleted) = await Declared(provider, "deleted");
        await using var site = await TestSite.Alone();
        (await Pair(used, site)).Is(200);
        await _world.Sql("update hardware.site set registration_token_expiration = now() where id = @id", new { id = Guid.Parse(expiredId) });
        (await provider.Delete($"site/{deletedId}")).Is202();
        var wrong = await Pair("wrong", site);
        Assert.Equal(401, wrong.Status);
        foreach (var token in new[] { used, expired, deleted, used.ToUpperInvariant(), new string('x', 256) })
        {
            var answer = await Pair(token, site);
            Assert.Equal((wrong.Status, wrong.Text), (answer.Status, answer.Text));
        }
    }

    [Fact]
    public async Task Of_many_pairings_with_one_token_one_wins()
    {
        var (provider, _) = await host.Provider();
        var (_, token) = await Declared(provider);
        await using var site = await TestSite.Alone();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Pair(token, site)));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(9, answers.Count(answer => answer.Status == 401));
    }

    [Fact]
    public async Task What_is_wrong_with_a_pairing_is_named_and_the_token_can_still_be_used()
    {
        var (provider, _) = await host.Provider();
        var (id, token) = await Declared(provider);
        using var authority = Authority("CA");
        using var one = Issue(authority, "one");
        using var other = Issue(authority, "other");
        const string Core = "https://other.example:1079";
        (await Controller.Post("/pair", new { })).Fails(400, "token", "core");
        foreach (var core in new[] { "", "core", "http://core.example", "ftp://core.example", "https://user@core.example", "https://core.example/path", "https://core.example/?x" })
        {
            (await Controller.Post("/pair", new { token, core })).Fails(400, "core");
        }

        (await Controller.Post("/pair", new { token, core = Core, authority = "no PEM" })).Fails(400, "authority");
        (await Controller.Post("/pair", new { token, core = Core, clientKey = KeyPem(one) })).Fails(400, "clientCertificate");
        (await Controller.Post("/pair", new { token, core = Core, clientCertificate = Pem(one) })).Fails(400, "clientKey");
        (await Controller.Post("/pair", new { token, core = Core, clientCertificate = Pem(one), clientKey = KeyPem(other) })).Fails(400, "clientKey");
        (await Controller.Post("/pair", new { token, core = Core, clientCertificate = "x", clientKey = "x" })).Fails(400, "clientCertificate");
        (await Controller.Post("/pair", new { token = 7, core = Core })).Fails(400, "token");
        (await Controller.Raw(HttpMethod.Post, "/pair", "[]")).Fails(400);
        (await Controller.Raw(HttpMethod.Post, "/pair", "null")).Fails(400);
        (await Controller.Raw(HttpMethod.Post, "/pair", "{")).Fails(400);
        (await Controller.Raw(HttpMethod.Post, "/pair", "{}", "text/plain")).Fails(400);
        (await Controller.Post("/pair", new { token, core = Core, authority = new string('x', 200_000) })).Fails(413);
        (await Controller.Get("/pair")).Is(404);
        Assert.Equal(token, (await provider.Get($"site/{id}")).Is(200)["registrationToken"].Text());

        (await Controller.Post("/pair", new { token, core = Core, authority = Pem(authority), clientCertificate = Pem(one), clientKey = KeyPem(one) })).Is(200);
        var key = await _world.Read<string>("select client_key_sealed from sitelink.connection where site_id = @id", new { id = Guid.Parse(id) });
        Assert.Equal(KeyPem(one), host.Services.GetRequiredService<ISecrets>().Open(key, "sitelink.connection.client_key_sealed"));
    }

    [Fact]
    public async Task What_older_keys_sealed_is_sealed_again_and_still_shown()
    {
        var folder = new KeyFolder(Directory.CreateTempSubdirectory("nico-keys-").FullName);
        var old = folder.Add(DateTimeOffset.UtcNow);
        try
        {
            await using var running = await TestHost.StartHost(
                await host.NewDatabase(), new Dictionary<string, string?> { ["Secrets:Keys"] = folder.Path }, host.Issuer);
            var provider = running.As(TestHost.NewOrg("provider"), "PROVIDER_ADMIN");
            (await provider.Get("infrastructure-provider/current")).Is(200);
            var (id, token) = await Declared(provider);
            using var operators = new HttpClient { BaseAddress = running.OperatorAddress };
            Assert.Equal(1, (await Uses()).Single(key => key!["id"].Text() == old.Id)!["sealed"]!["hardware.site.registration_token"].Number());

            var added = folder.Add(DateTimeOffset.UtcNow.AddSeconds(1));
            await Wait.Until(async () => (await Uses()).Any(key => key!["id"].Text() == added.Id && key["sealed"]!.AsObject().Count == 1));
            Assert.Empty((await Uses()).Single(key => key!["id"].Text() == old.Id)!["sealed"]!.AsObject());
            File.Delete(Path.Combine(folder.Path, old.File));
            Assert.Equal(token, (await provider.Get($"site/{id}")).Is(200)["registrationToken"].Text());
            await using var site = await TestSite.Alone();
            (await running.Bearing("none", null).Post("/pair", new { token, core = site.Simulated.Core })).Is(200);
            await provider.Eventually($"site/{id}", s => s["status"].Text() == "Registered");

            async Task<JsonArray> Uses() => JsonNode.Parse(await operators.GetStringAsync("/ops/keys"))!.AsArray();
        }
        finally
        {
            Directory.Delete(folder.Path, recursive: true);
        }
    }

    private Task<Answer> Pair(string token, TestSite site) => Controller.Post("/pair", new { token, core = site.Simulated.Core });

    private static HashSet<string> Ids(JsonNode list) => [.. list.AsArray().Select(machine => machine!["id"].Text())];

    private static async Task<(string Id, string Token)> Declared(ApiClient provider, string name = "site")
    {
        var site = (await provider.Post("site", new { name })).Is(201);
        return (site["id"].Text(), site["registrationToken"].Text());
    }
}
