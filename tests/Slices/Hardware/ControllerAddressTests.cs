using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Where controllers may be: a provider must not have Nico talk to whatever can be reached from it.</summary>
public sealed class ControllerAddressTests(TestHost host)
{
    [Fact]
    public async Task A_controller_is_in_the_configured_networks_only_however_its_address_is_spelled()
    {
        await using var running = await TestHost.StartHost(
            await host.NewDatabase(), new Dictionary<string, string?> { ["SiteLink:ControllerNetworks:0"] = "10.0.0.0/8" }, host.Issuer);
        var (provider, token) = await Declared(running);
        foreach (var core in new[]
        {
            "http://127.0.0.1:9360", "http://localhost:5432", "http://[::1]:80", "http://2130706433/", "http://0x7f.1:80", "http://127.1",
            "https://169.254.169.254", "https://127.0.0.1:22", "https://[::ffff:127.0.0.1]", "https://[::ffff:169.254.169.254]", "https://[fe80::1]",
            "https://[64:ff9b::a9fe:a9fe]", "https://[2002:7f00:1::]", "https://0.0.0.0", "https://[::]", "https://192.168.1.1", "https://168.63.129.16",
            "https://[fd00:ec2::254]", "https://224.0.0.1",
        })
        {
            (await Pair(running, token, core)).Fails(400, "core");
        }

        Assert.Equal(token, (await provider.Get("site")).Items()[0]!["registrationToken"].Text());
        (await Pair(running, "wrong", "https://127.0.0.1")).Fails(401);
        (await Pair(running, token, "https://10.1.2.3:1079")).Is(200);
    }

    [Fact]
    public async Task Link_local_and_nico_s_own_ports_are_no_controllers_whatever_is_configured()
    {
        await using var running = await TestHost.StartHost(
            await host.NewDatabase(), new Dictionary<string, string?> { ["SiteLink:ControllerNetworks:0"] = "0.0.0.0/0", ["SiteLink:ControllerNetworks:1"] = "::/0" }, host.Issuer);
        var (_, token) = await Declared(running);
        foreach (var core in new[]
        {
            $"http://127.0.0.1:{running.Address.Port}", $"http://localhost:{running.OperatorAddress.Port}", $"http://127.9.9.9:{running.OperatorAddress.Port}",
            "https://169.254.169.254", "https://[fe80::1]",
        })
        {
            (await Pair(running, token, core)).Fails(400, "core");
        }
    }

    [Fact]
    public async Task A_name_that_means_another_address_later_is_not_connected_to()
    {
        // What the pairing cannot see, since the address was allowed then: the networks are asked again for each connection.
        var database = await host.NewDatabase();
        await using var site = await TestSite.Alone();
        await using (var before = await TestHost.StartHost(database, new Dictionary<string, string?>(), host.Issuer))
        {
            var (provider, token) = await Declared(before);
            (await Pair(before, token, site.Simulated.Core.ToString().Replace("127.0.0.1", "localhost", StringComparison.Ordinal))).Is(200);
            await provider.Eventually("site", sites => sites[0]!["status"].Text() == "Registered");
        }

        var calls = site.Simulated.ReceivedCalls.Values.Sum();
        await using var after = await TestHost.StartHost(database, new Dictionary<string, string?> { ["SiteLink:ControllerNetworks:0"] = "10.0.0.0/8" }, host.Issuer);
        using var operators = new HttpClient { BaseAddress = after.OperatorAddress };
        await Wait.Until(async () => (await operators.GetStringAsync("/ops/sites", TestContext.Current.CancellationToken)).Contains("\"answers\":false", StringComparison.Ordinal));
        Assert.Equal(calls, site.Simulated.ReceivedCalls.Values.Sum());
    }

    [Fact]
    public async Task Two_sites_never_share_a_controller()
    {
        var (one, first) = await Declared(host.Host);
        var (_, second) = await Declared(host.Host);
        await using var site = await TestSite.Alone();
        var core = site.Simulated.Core;
        (await Pair(host.Host, first, core.ToString())).Is(200);
        foreach (var spelling in new[] { core.ToString(), $"http://localhost:{core.Port}", $"https://127.0.0.1:{core.Port}", $"http://[::1]:{core.Port}" })
        {
            (await Pair(host.Host, second, spelling)).Fails(409);
        }

        // The site itself may be paired with its controller again.
        var id = (await one.Get("site")).Items()[0]!["id"].Text();
        var renewed = (await one.Patch($"site/{id}", new { renewRegistrationToken = true })).Is(200)["registrationToken"].Text();
        (await Pair(host.Host, renewed, core.ToString())).Is(200);
    }

    private static Task<Answer> Pair(RunningHost running, string token, string core) => running.Bearing("none", null).Post("/pair", new { token, core });

    private static async Task<(ApiClient Provider, string Token)> Declared(RunningHost running)
    {
        var provider = running.As(TestHost.NewOrg("provider"), "PROVIDER_ADMIN");
        (await provider.Get("infrastructure-provider/current")).Is(200);
        return (provider, (await provider.Post("site", new { name = "site" })).Is(201)["registrationToken"].Text());
    }
}
