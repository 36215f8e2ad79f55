using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.AtSite;

/// <summary>A VPC that only its site has becomes its tenant's: the tenant of the org that the site names.</summary>
internal sealed class VpcAdoption(VpcAtSite vpcs, IOrganizations organizations, ISites sites, TimeProvider clock) : DriftAdoption<SiteProtocol.Forge.Vpc>
{
    public override string Kind => vpcs.Kind;

    public override Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) => vpcs.SiteOf(db, id, ct);

    protected override async Task Adopt(Db db, Guid siteId, Report<SiteProtocol.Forge.Vpc> report, CancellationToken ct)
    {
        var vpc = report.Item;
        var site = await sites.Find(siteId, ct) ?? throw Problem.NotFound("Site", siteId);
        var tenant = await organizations.RequireTenantOf(vpc.TenantOrganizationId, ct);
        await sites.RequireUseForAdoption(siteId, tenant.Id, tenant.Org, ct);
        var now = clock.Now();
        var name = SiteMetadata.Name(VpcInventory.NameOf(vpc), report.Id);
        var args = new
        {
            id = report.Uuid,
            name,
            description = SiteMetadata.Description(vpc.Metadata?.Description),
            tenant.Org,
            tenantId = tenant.Id,
            siteId,
            providerId = site.InfrastructureProviderId,
            type = vpc.HasNetworkVirtualizationType ? VpcInventory.TypeOf(vpc.NetworkVirtualizationType) : null,
            routingProfile = vpc.HasRoutingProfileType ? vpc.RoutingProfileType : null,
            requestedVni = vpc.HasVni ? report.Number("vni", vpc.Vni, VpcInventory.LargestVni) : null,
            activeVni = VpcInventory.VniOf(report),
            securityGroup = vpc.HasNetworkSecurityGroupId ? vpc.NetworkSecurityGroupId : null,
            partition = Guid.TryParse(vpc.DefaultNvlinkLogicalPartitionId?.Value, out var partition) ? partition : (Guid?)null,
            labels = SiteMetadata.Labels(vpc.Metadata),
            now,
        };
        if (await db.Execute(Sql.Of<VpcAdoption>("AdoptVpc"), args, ct) == 0)
        {
            throw Problem.Conflict(
                $"The tenant of org {tenant.Org} has a VPC named '{name}' at the site already, "
                + "or something else has the id: rename or delete that first");
        }

        await vpcs.RequireName(db, isTaken: true, report.Uuid, tenant.Id, siteId, name, ct);
        await NetworkingModule.VpcHistory.Append(db, report.Uuid, nameof(VpcStatus.Ready), IDriftAdoption.Message, now, ct);
    }
}
