using Nico.Hardware.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Subnets.AtSite;

/// <summary>A subnet that only its site has becomes its VPC's, out of the block that it lies in.</summary>
internal sealed class SubnetAdoption(SubnetAtSite subnets, ISites sites, AdoptedNetworks networks, TimeProvider clock)
    : DriftAdoption<NetworkSegment>
{
    public override string Kind => subnets.Kind;

    public override Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) => subnets.SiteOf(db, id, ct);

    protected override async Task Adopt(Db db, Guid siteId, Report<NetworkSegment> report, CancellationToken ct)
    {
        var segment = report.Item;
        var (status, prefix) = (RequireOrdinary(segment), AdoptedNetworks.Network(segment.Prefixes[0].Prefix));
        var vpc = await networks.HoldVpc(siteId, segment.VpcId?.Value, ct);
        await sites.RequireUseForAdoption(siteId, vpc.TenantId, vpc.Org, ct);
        var block = await networks.Carve(vpc, prefix, Kind, report.Uuid, ct);
        var now = clock.Now();
        var name = SiteMetadata.Name(segment.Name, report.Id);
        var args = new
        {
            id = report.Uuid,
            name,
            vpc.TenantId,
            vpc.SiteId,
            vpcId = vpc.Id,
            blockId = block.Id,
            routingType = block.RoutingType.ToString(),
            prefix,
            mtu = segment.HasMtu ? report.Number("mtu", segment.Mtu, SubnetInventory.LargestMtu) : null,
            status = status.ToString(),
            now,
        };
        if (await db.Execute(Sql.Of<SubnetAdoption>("AdoptSubnet"), args, ct) == 0)
        {
            throw Problem.Conflict(
                $"The tenant of org {vpc.Org} has a subnet named '{name}' at the site already, "
                + "or something else has the id: rename or delete that first");
        }

        await NetworkingModule.SubnetHistory.Append(db, report.Uuid, status.ToString(), IDriftAdoption.Message, now, ct);
    }

    /// <summary>409 unless the segment is such as Nico makes them; what its state means otherwise.</summary>
    private static SubnetStatus RequireOrdinary(NetworkSegment segment)
    {
        if (segment.SegmentType != NetworkSegmentType.Tenant)
        {
            throw Problem.Conflict("It is a network of the site's own, not of a tenant");
        }

        if (segment.Prefixes is not [var only] || only.Prefix.Contains(':', StringComparison.Ordinal))
        {
            throw Problem.Conflict($"It has {segment.Prefixes.Count} networks: a subnet has one, of IPv4");
        }

        if (only is { HasGateway: true, Gateway.Length: > 0 }
            && only.Gateway.Split('/')[0] != Cidr.Of(AdoptedNetworks.Network(only.Prefix)).AddressAt(1))
        {
            throw Problem.Conflict($"Its gateway is {only.Gateway}: that of a subnet is its first address");
        }

        return SubnetAtSite.StatusOf(segment.State)?.Status switch
        {
            SubnetStatus.Deleting => throw Problem.Conflict("Its site is removing it"),
            { } status => status,
            null => throw Problem.Conflict("It is in a state that is not known here"),
        };
    }
}
