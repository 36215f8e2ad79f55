using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>A world in a Host of its own that waits for its site, tries again and looks around much sooner than usual.</summary>
public sealed class ImpatientWorld(TestHost host) : NetworkWorld(host)
{
    /// <summary>Makes something go wrong at the site.</summary>
    public Fault Fault(Fault fault) => Simulated.Faults.Add(fault);

    /// <summary>The site has not answered for long enough that nobody tries any more.</summary>
    public async Task Down()
    {
        Fault(SiteSimulator.Fault.Down());
        await Wait.Until(async () => !(await Overview())["answers"].Flag(), what: "the site is given up");
    }

    /// <summary>The site answers again.</summary>
    public async Task Up()
    {
        foreach (var fault in Simulated.Faults.Active.Where(fault => fault.Kind == FaultKind.Down))
        {
            Simulated.Faults.Remove(fault.Id);
        }

        await Wait.Until(async () => (await Overview())["answers"].Flag(), what: "the site answers");
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public async Task Mend()
    {
        Simulated.Faults.Clear();
        await Up();
    }

    /// <summary>What an operator sees of the site.</summary>
    public async Task<JsonNode> Overview()
    {
        using var http = new HttpClient { BaseAddress = Running.OperatorAddress };
        var sites = JsonNode.Parse(await http.GetStringAsync("/ops/sites", TestContext.Current.CancellationToken))!.AsArray();
        return sites.Single(site => site!["siteId"].Id() == SiteId)!;
    }

    /// <summary>Has an operator try the dead command about a resource again; the status.</summary>
    public async Task<int> Retry(string resource)
    {
        using var http = new HttpClient { BaseAddress = Running.OperatorAddress };
        var dead = JsonNode.Parse(await http.GetStringAsync($"/ops/site-commands?state=Dead&siteId={SiteId}", TestContext.Current.CancellationToken))!.AsArray();
        var id = dead.First(command => command!["resourceId"].Text() == resource)!["id"];
        using var answer = await http.PostAsync($"/ops/site-commands/{id}/retry", null, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    /// <summary>How often the site has carried out an RPC.</summary>
    public int Accepted(string rpc) => Simulated.AcceptedCalls.GetValueOrDefault(rpc);

    /// <summary>Some rounds of the kind that began after this was called.</summary>
    public async Task Rounds(string kind, int count = 2, bool complete = true)
    {
        for (var i = 0; i < count; i++)
        {
            var now = DateTime.UtcNow;
            await Wait.Until(
                async () => (await Overview())["kinds"]!.AsArray().Any(k => k!["kind"].Text() == kind && (k["isComplete"].Flag() || !complete) && k["fence"].Time().UtcDateTime > now),
                what: $"a round of {kind} ends");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Running.DisposeAsync();
    }

    private protected override async Task<RunningHost> StartHost() => await TestHost.StartHost(
        await Host.NewDatabase(),
        new Dictionary<string, string?>
        {
            ["SiteLink:RequestWait"] = "00:00:03",
            ["SiteLink:InventoryPeriod"] = "00:00:00.200",
            ["SiteLink:DeleteAgain"] = "00:00:00.500",
            ["SiteLink:FirstPause"] = "00:00:00.050",
            ["SiteLink:LongestPause"] = "00:00:00.200",
            ["SiteLink:FirstProbe"] = "00:00:00.100",
            ["SiteLink:LongestProbe"] = "00:00:00.200",
            ["Hardware:SilenceLimit"] = "00:10:00",
        },
        Host.Issuer);
}
