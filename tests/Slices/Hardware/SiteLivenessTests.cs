using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/40-site.md, section 13.5.</summary>
public sealed class SiteLivenessTests(TestHost host)
{
    [Fact]
    public async Task The_first_report_registers_a_site_even_an_empty_one()
    {
        var world = new HardwareWorld(host);
        var (provider, _) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        await world.Round(id, []);
        var site = (await provider.Get($"site/{id}")).Is(200);
        Assert.Equal("Registered", site["status"].Text());
        Assert.True(site["isOnline"].Flag());
        Assert.Equal(["Registered", "Pending"], site["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text()));

        await world.Round(id, [world.Machine()]);
        var again = (await provider.Get($"site/{id}")).Is(200);
        Assert.Equal(2, again["statusHistory"]!.AsArray().Count);
        Assert.Equal(site["updated"].Text(), again["updated"].Text());
        Assert.Single((await provider.Get("site?status=Registered")).Items());
    }

    [Fact]
    public async Task A_site_of_which_a_kind_cannot_be_read_is_not_online_and_says_which()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Hardware:SilenceLimit"] = "00:00:03",
            ["Hardware:MonitorPeriod"] = "00:00:00.100",
            ["SiteLink:InventoryPeriod"] = "00:00:00.200",
        };
        await using var one = await TestHost.StartHost(await host.NewDatabase(), settings, host.Issuer);
        var provider = one.As(TestHost.NewOrg(), "PROVIDER_ADMIN");
        (await provider.Get("infrastructure-provider/current")).Is(200);
        await using var site = await TestSite.Start(one, provider.Org);
        await provider.Eventually($"site/{site.Id}", read => read["isOnline"].Flag());
        site.Simulated.Faults.Add(Fault.Refuse("FindInstanceIds", StatusCode.Internal, count: null));
        var unread = await provider.Eventually($"site/{site.Id}", read => Messages(read).Any(text => text.EndsWith("cannot be read: instance", StringComparison.Ordinal)));
        Assert.False(unread["isOnline"].Flag());
        site.Simulated.Faults.Clear();
        await provider.Eventually($"site/{site.Id}", read => read["isOnline"].Flag() && Messages(read).Contains("What the controller reports can be read again"));

        static IEnumerable<string> Messages(System.Text.Json.Nodes.JsonNode read) => read["statusHistory"]!.AsArray().Select(entry => entry!["message"].Text());
    }

    [Fact]
    public async Task A_silent_site_is_in_Error_once_however_many_processes_watch_and_recovers_with_the_next_report()
    {
        var database = await host.NewDatabase();
        var settings = new Dictionary<string, string?>
        {
            ["Hardware:SilenceLimit"] = "00:00:01",
            ["Hardware:MonitorPeriod"] = "00:00:00.100",
            ["Hardware:RegistrationTokenLifetime"] = "00:00:01",
        };
        await using var one = await TestHost.StartHost(database, settings, host.Issuer);
        await using var two = await TestHost.StartHost(database, settings, host.Issuer);
        var world = new HardwareWorld(one.Services);
        var provider = one.As(TestHost.NewOrg(), "PROVIDER_ADMIN");
        (await provider.Get("infrastructure-provider/current")).Is(200);
        var id = await HardwareWorld.Site(provider);
        var waiting = await HardwareWorld.Site(provider, "never-heard");

        await world.Round(id, []);
        Assert.True((await provider.Get($"site/{id}")).Is(200)["isOnline"].Flag());
        var silent = await provider.Eventually($"site/{id}", site => site["status"].Text() == "Error");
        Assert.False(silent["isOnline"].Flag());
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await world.Round(id, []);
        var back = (await provider.Get($"site/{id}")).Is(200);
        Assert.Equal(["Registered", "Error", "Registered", "Pending"], back["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text()));
        Assert.Equal("Pending", (await provider.Get($"site/{waiting}")).Is(200)["status"].Text());

        // A token that can no longer be used does not stay in the database either.
        for (var i = 0; i < 100 && await Tokens() > 0; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await Tokens());

        Task<int> Tokens() => world.Read<int>("select count(registration_token)::integer from hardware.site", new { });
    }
}
