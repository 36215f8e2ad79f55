using Grpc.Core;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class TenantTests
{
    [Fact]
    public async Task Create_find_rename()
    {
        await using var site = await Start();
        var tenant = (await site.Core.CreateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Demo Org" } })).Tenant;
        Assert.Equal([Org], (await site.Core.FindTenantOrganizationIdsAsync(new())).TenantOrganizationIds);
        Assert.Equal([Org], (await site.Core.FindTenantOrganizationIdsAsync(new() { TenantOrganizationName = "Demo Org" })).TenantOrganizationIds);
        Assert.Empty((await site.Core.FindTenantOrganizationIdsAsync(new() { TenantOrganizationName = "Other" })).TenantOrganizationIds);
        Assert.Equal([tenant], (await site.Core.FindTenantsByOrganizationIdsAsync(new() { OrganizationIds = { Org, "unknown" } })).Tenants);

        site.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var renamed = (await site.Core.UpdateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Renamed" }, IfVersionMatch = tenant.Version })).Tenant;
        Assert.Equal("Renamed", renamed.Metadata.Name);
        Assert.NotEqual(tenant.Version, renamed.Version);
        await Refused(StatusCode.FailedPrecondition, site.Core.UpdateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Late" }, IfVersionMatch = tenant.Version }));
    }

    [Fact]
    public async Task Refusals()
    {
        await using var site = await Start();
        await site.Core.CreateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Demo Org" } });
        await Refused(StatusCode.Internal, site.Core.CreateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Again" } }));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateTenantAsync(new() { OrganizationId = "a b", Metadata = new() { Name = "Blank" } }));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateTenantAsync(new() { OrganizationId = "", Metadata = new() { Name = "Empty" } }));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateTenantAsync(new() { OrganizationId = "two" }));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateTenantAsync(new() { OrganizationId = "two", Metadata = new() { Name = "Two", Description = "no" } }));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateTenantAsync(new() { OrganizationId = "two", Metadata = new() { Name = "Two", Labels = { new Nico.SiteProtocol.Forge.Label { Key = "k" } } } }));
        await Refused(StatusCode.NotFound, site.Core.CreateTenantAsync(new() { OrganizationId = "two", Metadata = new() { Name = "Two" }, RoutingProfileType = "NONE" }));
        await Refused(StatusCode.NotFound, site.Core.UpdateTenantAsync(new() { OrganizationId = "two", Metadata = new() { Name = "Two" } }));
        await Refused(StatusCode.InvalidArgument, site.Core.FindTenantsByOrganizationIdsAsync(new()));
        Assert.Single(site.Site.Tenants);
    }
}
