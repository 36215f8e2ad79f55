using Nico.Hardware.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.VpcPrefixes.AtSite;

/// <summary>A VPC prefix that only its site has becomes its VPC's, out of the block that it lies in.</summary>
internal sealed class VpcPrefixAdoption(VpcPrefixAtSite prefixes, ISites sites, AdoptedNetworks networks, TimeProvider clock)
    : DriftAdoption<SiteProtocol.Forge.VpcPrefix>
{
    public override string Kind => prefixes.Kind;

    public override Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) => prefixes.SiteOf(db, id, ct);

    protected override async Task Adopt(Db db, Guid siteId, Report<SiteProtocol.Forge.VpcPrefix> report, CancellationToken ct)
    {
        var prefix = AdoptedNetworks.Network(VpcPrefixInventory.RangeOf(report.Item));
        var vpc = await networks.HoldVpc(siteId, report.Item.VpcId?.Value, ct);
        await sites.RequireUseForAdoption(siteId, vpc.TenantId, vpc.Org, ct);
        var block = await networks.Carve(vpc, prefix, Kind, report.Uuid, ct);
        var now = clock.Now();
        var name = SiteMetadata.Name(VpcPrefixInventory.NameOf(report.Item), report.Id);
        var args = new { id = report.Uuid, name, vpc.TenantId, vpc.SiteId, vpcId = vpc.Id, blockId = block.Id, prefix, now };
        if (await db.Execute(Sql.Of<VpcPrefixAdoption>("AdoptVpcPrefix"), args, ct) == 0)
        {
            throw Problem.Conflict(
                $"The tenant of org {vpc.Org} has a VPC prefix named '{name}' at the site already, "
                + "or something else has the id: rename or delete that first");
        }

        await prefixes.RequireName(db, isTaken: true, report.Uuid, vpc.TenantId, siteId, name, ct);
        await NetworkingModule.VpcPrefixHistory.Append(db, report.Uuid, nameof(VpcPrefixStatus.Ready), IDriftAdoption.Message, now, ct);
    }
}
