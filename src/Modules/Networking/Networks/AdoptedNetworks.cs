using Nico.Networking.Carving;
using Nico.Networking.IpBlocks;
using Nico.Networking.Vpcs;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Networks;

/// <summary>What a network needs that only its site has, and that is to become its tenant's.</summary>
internal sealed class AdoptedNetworks(Db db)
{
    /// <summary>The VPC that the site names for a network, which cannot be deleted while the transaction lasts; 409 otherwise.</summary>
    public async Task<Vpc> HoldVpc(Guid siteId, string? reported, CancellationToken ct)
    {
        var vpc = Guid.TryParse(reported, out var id)
            ? await db.OneOrNone<Vpc>(Sql.Of<AdoptedNetworks>("HoldVpcAtSite"), new { id, siteId }, ct)
            : null;
        return vpc is null ? throw Problem.Conflict($"Its VPC {reported} is none of Nico's at the site: adopt that first")
            : vpc.Status == VpcStatus.Deleting ? throw Problem.Conflict($"Its VPC {vpc.Id} is being deleted")
            : vpc;
    }

    /// <summary>
    /// The block of the VPC's tenant at the site that the network lies in, out of which it is carved for <paramref name="holder"/>, a
    /// <paramref name="kind"/>; 409 when there is none, or others have of it.
    /// </summary>
    public async Task<IpBlock> Carve(Vpc vpc, string prefix, string kind, Guid holder, CancellationToken ct)
    {
        var block = await db.OneOrNone<IpBlock>(Sql.Of<AdoptedNetworks>("LockBlockAround"), new { vpc.TenantId, vpc.SiteId, prefix }, ct)
            ?? throw Problem.Conflict($"No IP block of the tenant of org {vpc.Org} at the site has {prefix} in it: allocate one that has first");
        var args = new { kind, holder, blockId = block.Id, prefix };
        if (await db.Execute(Sql.Of<AdoptedNetworks>("CarveRange"), args, ct) == 0)
        {
            var others = await db.Many<string>(Sql.Of<AdoptedNetworks>("OverlappingCarvings"), args, ct);
            throw Problem.Conflict($"{prefix} overlaps what was given to others of IP block {block.Id} meanwhile: {string.Join(", ", others)}");
        }

        return block;
    }

    /// <summary>A network as it may be carved: IPv4 or IPv6 without host bits; 409 otherwise.</summary>
    public static string Network(string reported) =>
        OccupiedRanges.Of(reported) is { } range && Cidr.Parse(range.Split('/')[0], int.Parse(range.Split('/')[1]), range.Contains(':')) is { } network
            ? network.ToString()
            : throw Problem.Conflict($"'{reported}' is no network");
}
