using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.Networking.IpBlocks;
using Nico.Networking.Vpcs;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Networks;

/// <summary>What a network that is carved out of a tenant's block needs to hold on to. Source: spec/21-vpc.md, sections 4.1 and 5.1.</summary>
internal sealed class TenantNetworks(Db db, Carver carver)
{
    /// <summary>The tenant's Ready VPC, which cannot be deleted while the transaction lasts; 400 otherwise.</summary>
    public async Task<Vpc> HoldReadyVpc(Guid id, Guid tenantId, CancellationToken ct)
    {
        var vpc = await db.OneOrNone<Vpc>(Sql.Of<TenantNetworks>("HoldVpc"), new { id, tenantId }, ct)
            ?? throw Problem.Invalid("vpcId", $"VPC {id} does not exist");
        return vpc.Status == VpcStatus.Ready ? vpc : throw Problem.Invalid("vpcId", $"VPC {id} is {vpc.Status}, not Ready");
    }

    /// <summary>
    /// A free prefix of the tenant's IPv4 block at the site, taken for <paramref name="holder"/>, a <paramref name="kind"/>; 400 otherwise. The block is locked: of
    /// two that carve it, the second sees what the first took. <paramref name="field"/> is the request's name for the block.
    /// </summary>
    public async Task<(IpBlock Block, Cidr Part)> Carve(
        Guid blockId, string field, Guid tenantId, Guid siteId, int prefixLength, string kind, Guid holder, CancellationToken ct)
    {
        var block = await db.OneOrNone<IpBlock>(Sql.Of<TenantNetworks>("LockTenantBlock"), new { id = blockId, tenantId }, ct)
            ?? throw Problem.Invalid(field, $"IP block {blockId} does not exist");
        if (block.SiteId != siteId)
        {
            throw Problem.Invalid(field, $"IP block {blockId} is at another site than the VPC");
        }

        if (block.Network.IsIpv6)
        {
            throw Problem.Invalid(field, $"IP block {blockId} is IPv6");
        }

        var part = await carver.Carve(block.Id, block.Network, prefixLength, kind, holder, ct)
            ?? throw Problem.Invalid("prefixLength", $"IP block {blockId} has no free prefix of length {prefixLength}");
        return (block, part);
    }

    /// <summary>Takes again what a refused network had given back; 409 when others have it now.</summary>
    public async Task TakeAgain(string kind, Guid holder, Guid blockId, string prefix, CancellationToken ct)
    {
        if (await db.Execute(Sql.Of<TenantNetworks>("TakeAgain"), new { kind, holder, blockId, prefix }, ct) == 0)
        {
            throw Problem.Conflict($"Prefix {prefix} has been given to others meanwhile");
        }
    }
}

/// <summary>Which VPC a list may name.</summary>
internal static class OwnVpc
{
    /// <summary>400 unless <paramref name="id"/> (when there is one) is a VPC of the tenant.</summary>
    public static async Task RequireOwnVpc(this INetworks networks, Guid? id, Guid tenantId, CancellationToken ct)
    {
        if (id is { } vpc && !((await networks.Vpcs([vpc], ct)).TryGetValue(vpc, out var found) && found.Ref.TenantId == tenantId))
        {
            throw Problem.Invalid("vpcId", $"VPC {vpc} does not exist");
        }
    }
}
