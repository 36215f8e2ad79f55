using System.Net;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.VpcPrefixes;

/// <summary>Rows of VPC prefixes as answers, with their history and whatever was asked for besides: a fixed number of statements.</summary>
internal sealed class VpcPrefixAnswers(ISites sites, INetworks networks, IIpBlockGrants blocks, IInstances instances)
{
    public async Task<IReadOnlyList<VpcPrefixResponse>> Of(
        IReadOnlyList<VpcPrefix> prefixes, IReadOnlyList<VpcPrefixRelation> relations, bool usage, CancellationToken ct)
    {
        if (prefixes.Count == 0)
        {
            return [];
        }

        var theirSites = relations.Has(VpcPrefixRelation.Site) ? await sites.Summaries(prefixes.Ids(p => p.SiteId), ct) : null;
        var vpcs = relations.Has(VpcPrefixRelation.VPC) ? await networks.Vpcs(prefixes.Ids(p => p.VpcId), ct) : null;
        var theirBlocks = usage || relations.Has(VpcPrefixRelation.IPBlock) ? await blocks.Summaries(prefixes.Ids(p => p.IpBlockId), ct) : null;
        var addresses = usage ? await instances.OnVpcPrefixes(prefixes.Ids(p => p.Id), ct) : null;
        return
        [
            .. prefixes.Select(prefix => prefix.ToResponse(prefix.History) with
            {
                Site = theirSites?.GetValueOrDefault(prefix.SiteId),
                Vpc = vpcs?.GetValueOrDefault(prefix.VpcId).Summary,
                IpBlock = theirBlocks?.GetValueOrDefault(prefix.IpBlockId),
                UsageStats = addresses is null ? null : Usage(Cidr.Of(prefix.Prefix), [.. addresses[prefix.Id]]),
            }),
        ];
    }

    /// <summary>Two addresses an interface; a pair with an address of an interface in it is taken. Source: spec/21-vpc.md, section 5.2.</summary>
    internal static IpBlockUsageStats Usage(Cidr network, IReadOnlyList<InterfaceAddresses> interfaces)
    {
        var acquired = Math.Min(2L * interfaces.Count, IpBlockUsageStats.Addresses(network));
        if (network.HostBits < 2)
        {
            return new IpBlockUsageStats { AvailableIPs = IpBlockUsageStats.Addresses(network), AcquiredIPs = acquired };
        }

        var pairs = interfaces
            .SelectMany(i => i.IpAddresses)
            .Select(text => IPAddress.TryParse(text, out var address) ? Cidr.Number(address) : (UInt128?)null)
            .OfType<UInt128>()
            .Where(network.Contains)
            .Select(address => address & ~UInt128.One)
            .Distinct()
            .Order()
            .Select(first => (first, first + 1))
            .ToArray();
        return IpBlockUsageStats.Of(network, pairs, pairs.Length, acquired);
    }
}
