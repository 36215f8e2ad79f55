using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>The link under the real modules and the simulated site, whose answers get lost. spec/60-site-link.md, section 14.1.</summary>
public sealed class NetworksAtSiteTests(TestHost host)
{
    [Fact]
    public async Task A_vpc_whose_answer_is_lost_is_made_once()
    {
        var (account, site) = await Usable();
        await using var _ = site;
        site.Simulated.Faults.Add(Fault.LostAnswer("CreateVpc", cut: true));
        var vpc = (await account.Client.Post("vpc", new { name = "lost", siteId = site.Id })).Is(201);
        await account.Client.Eventually($"vpc/{vpc["id"].Text()}", v => v["status"].Text() == "Ready");
        Assert.Single(site.Simulated.Vpcs);
        Assert.Equal(1, site.Simulated.AcceptedCalls["CreateVpc"]);
    }

    [Fact]
    public async Task A_vpc_that_is_delivered_twice_is_made_once()
    {
        var (account, site) = await Usable();
        await using var _ = site;
        site.Simulated.Faults.Add(Fault.Duplicate("CreateVpc"));
        var vpc = (await account.Client.Post("vpc", new { name = "twice", siteId = site.Id })).Is(201);
        await account.Client.Eventually($"vpc/{vpc["id"].Text()}", v => v["status"].Text() == "Ready");
        Assert.Single(site.Simulated.Vpcs);
    }

    [Fact]
    public async Task A_refusal_is_the_answer_and_leaves_no_trace()
    {
        var (account, site) = await Usable();
        await using var _ = site;
        site.Simulated.Faults.Add(Fault.Refuse("CreateVpc", StatusCode.FailedPrecondition, message: "the VNI is taken"));
        (await account.Client.Post("vpc", new { name = "refused", siteId = site.Id })).Fails(412);
        Assert.Empty((await account.Client.Get("vpc")).Items());
        Assert.Empty(site.Simulated.Vpcs);
        (await account.Client.Post("vpc", new { name = "refused", siteId = site.Id })).Is(201);
    }

    [Fact]
    public async Task A_site_that_is_down_gets_everything_once_it_is_up()
    {
        var (account, site) = await Usable();
        await using var _ = site;
        var fault = site.Simulated.Faults.Add(Fault.Down());
        var vpc = (await account.Client.Post("vpc", new { name = "patient", siteId = site.Id })).Is(201);
        Assert.Equal("Pending", vpc["status"].Text());
        site.Simulated.Faults.Remove(fault.Id);
        await account.Client.Eventually($"vpc/{vpc["id"].Text()}", v => v["status"].Text() == "Ready", 40);
        Assert.Equal(1, site.Simulated.AcceptedCalls["CreateVpc"]);
        (await account.Client.Delete($"vpc/{vpc["id"].Text()}")).Is(202);
        await account.Client.Gone($"vpc/{vpc["id"].Text()}");
        Assert.Empty(site.Simulated.Vpcs);
    }

    [Fact]
    public async Task A_vpc_that_vanishes_at_the_site_shows_and_so_does_its_return()
    {
        var (account, site) = await Usable();
        await using var _ = site;
        var id = (await account.Client.Post("vpc", new { name = "lost and found", siteId = site.Id })).Is(201)["id"].Text();
        await account.Client.Eventually($"vpc/{id}", v => v["status"].Text() == "Ready");
        var fault = site.Simulated.Faults.Add(Fault.Lose("vpc", id));
        await account.Client.Eventually($"vpc/{id}", v => v["status"].Text() == "Error");
        site.Simulated.Faults.Remove(fault.Id);
        await account.Client.Eventually($"vpc/{id}", v => v["status"].Text() == "Ready");
    }

    /// <summary>A service account with a site that it may use as a tenant.</summary>
    private async Task<(ServiceAccount Account, TestSite Site)> Usable()
    {
        var account = await host.ServiceAccount();
        var site = await host.Site(account.Org);
        await account.Client.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        await new HardwareWorld(host).Allocate(account.TenantId, site.Id);
        return (account, site);
    }
}
