using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.Subnets;

/// <summary>Rows of subnets as answers, with their history and whatever was asked for besides: a fixed number of statements.</summary>
internal sealed class SubnetAnswers(ISites sites, INetworks networks, IIpBlockGrants blocks, IInstances instances)
{
    public async Task<IReadOnlyList<SubnetResponse>> Of(
        IReadOnlyList<Subnet> subnets, IReadOnlyList<SubnetRelation> relations, bool usage, CancellationToken ct)
    {
        if (subnets.Count == 0)
        {
            return [];
        }

        var theirSites = relations.Has(SubnetRelation.Site) ? await sites.Summaries(subnets.Ids(s => s.SiteId), ct) : null;
        var vpcs = relations.Has(SubnetRelation.VPC) ? await networks.Vpcs(subnets.Ids(s => s.VpcId), ct) : null;
        var theirBlocks = usage || relations.Has(SubnetRelation.IPv4Block) ? await blocks.Summaries(subnets.Ids(s => s.Ipv4BlockId), ct) : null;
        var interfaces = usage ? await instances.OnSubnets(subnets.Ids(s => s.Id), ct) : null;
        return
        [
            .. subnets.Select(subnet => subnet.ToResponse(subnet.History) with
            {
                Site = theirSites?.GetValueOrDefault(subnet.SiteId),
                Vpc = vpcs?.GetValueOrDefault(subnet.VpcId).Summary,
                Ipv4Block = theirBlocks?.GetValueOrDefault(subnet.Ipv4BlockId),
                UsageStats = interfaces is null ? null : Usage(subnet.Network, interfaces[subnet.Id].Count()),
            }),
        ];
    }

    /// <summary>An address an interface, and the network's and the broadcast address. Source: spec/21-vpc.md, section 4.2.</summary>
    private static IpBlockUsageStats Usage(Cidr network, int interfaces) =>
        IpBlockUsageStats.Of(network, [], 0, Math.Min(interfaces + 2L, IpBlockUsageStats.Addresses(network)));
}
