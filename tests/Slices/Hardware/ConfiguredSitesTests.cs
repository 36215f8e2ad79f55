using Microsoft.Extensions.DependencyInjection;
using Nico.Hardware.Contracts;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Sites that the configuration names.</summary>
public sealed class ConfiguredSitesTests(TestHost host)
{
    [Fact]
    public async Task A_configured_site_is_made_once_with_its_provider_however_many_replicas_start()
    {
        var org = TestHost.NewOrg();
        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Ensure(org)));
        var id = Assert.Single(ids.Distinct());
        Assert.Equal(id, await Ensure(org));
        var account = await host.ServiceAccount(org);
        var site = Assert.Single((await account.Client.Get("site")).Items())!;
        Assert.Equal(id, site["id"].Id());
        Assert.Equal("sim-1", site["name"].Text());
        Assert.Equal(account.ProviderId, site["infrastructureProviderId"].Id());
        Assert.Null(site["registrationToken"]);
        Assert.True(site["capabilities"]!["nativeNetworking"].Flag());
        Assert.True(site["capabilities"]!["networkSecurityGroup"].Flag());
        Assert.False(site["capabilities"]!["flow"].Flag());
        Assert.Equal("Pending", Assert.Single(site["statusHistory"]!.AsArray())!["status"].Text());
    }

    [Fact]
    public async Task What_the_provider_changed_stays()
    {
        var org = TestHost.NewOrg();
        var id = await Ensure(org);
        await new HardwareWorld(host).Sql("update hardware.site set native_networking = false, description = 'ours' where id = @id", new { id });
        Assert.Equal(id, await Ensure(org));
        var site = (await (await host.ServiceAccount(org)).Client.Get($"site/{id}")).Is(200);
        Assert.False(site["capabilities"]!["nativeNetworking"].Flag());
        Assert.Equal("ours", site["description"].Text());
    }

    [Fact]
    public async Task One_whose_controller_is_another_site_s_stops_the_start_with_a_sentence()
    {
        var database = await host.NewDatabase();
        await using (var before = await TestHost.StartHost(database, Sites(("first", "one", "http://127.0.0.1:1")), host.Issuer))
        {
        }

        foreach (var sites in new[] { Sites(("second", "two", "http://localhost:1")), Sites(("second", "two", "http://127.0.0.1:2"), ("third", "three", "https://127.0.0.1:2")) })
        {
            var problem = await Assert.ThrowsAsync<Nico.Host.ConfigurationProblem>(() => TestHost.StartHost(database, sites, host.Issuer));
            Assert.Contains("Another site has its controller at this address", problem.Message, StringComparison.Ordinal);
            Assert.StartsWith($"Sites '{(sites.Count > 3 ? "third" : "second")}'", problem.Message, StringComparison.Ordinal);
        }

        static Dictionary<string, string?> Sites(params (string Name, string Org, string Core)[] sites) => new(sites.SelectMany((site, i) => new KeyValuePair<string, string?>[]
        {
            new($"Sites:{i}:Name", site.Name), new($"Sites:{i}:Org", site.Org), new($"Sites:{i}:Core", site.Core),
        }));
    }

    private async Task<Guid> Ensure(string org)
    {
        await using var scope = host.Services.CreateAsyncScope();

        // Nothing listens there, so that the site stays Pending; an address of its own, for two sites never share one.
        var port = 1 + (Math.Abs(StringComparer.Ordinal.GetHashCode(org)) % 1000);
        return await scope.ServiceProvider.GetRequiredService<IConfiguredSites>().Ensure(
            new ConfiguredSite("sim-1", org, new SiteLinkAddress(new Uri($"http://127.0.0.1:{port}"))), default);
    }
}
