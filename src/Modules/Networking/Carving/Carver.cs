using System.Net;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Carving;

/// <summary>Carves parts out of IP blocks and counts what is left.</summary>
internal sealed class Carver(Db db)
{
    /// <summary>
    /// Carves a part of <paramref name="length"/> out of the block, whose row the caller has locked; null when there is no such
    /// space. A length equal to the block's takes all of it. <paramref name="kind"/> is what the holder is.
    /// </summary>
    public async Task<Cidr?> Carve(Guid blockId, Cidr block, int length, string kind, Guid holder, CancellationToken ct)
    {
        if (length < block.Length || length > block.AddressBits)
        {
            return null;
        }

        var taken = (await Taken([blockId], ct))[blockId];
        var part = FreeSpace.BestFit(FreeSpace.Of(block, taken.Select(t => t.Range)), length);
        if (part is { } found)
        {
            await db.Execute(
                "insert into networking.carving (kind, id, block_id, prefix) values (@kind, @holder, @blockId, @prefix::cidr)",
                new { kind, holder, blockId, prefix = found.ToString() },
                ct);
        }

        return part;
    }

    /// <summary>Gives the holder's part back to its block. Nothing when it has none.</summary>
    public Task Release(string kind, Guid holder, CancellationToken ct) => Release(kind, [holder], ct);

    /// <summary>Gives the holders' parts back to their blocks.</summary>
    public Task Release(string kind, IReadOnlyCollection<Guid> holders, CancellationToken ct) =>
        db.Execute("delete from networking.carving where kind = @kind and id = any(@holders)", new { kind, holders }, ct);

    /// <summary>How much of each block is in use, in one statement.</summary>
    public async Task<IReadOnlyDictionary<Guid, IpBlockUsageStats>> Usage(IReadOnlyDictionary<Guid, Cidr> blocks, CancellationToken ct)
    {
        var taken = await Taken(blocks.Keys.ToArray(), ct);
        return blocks.ToDictionary(block => block.Key, block => Usage(block.Value, [.. taken[block.Key]]));
    }

    private static IpBlockUsageStats Usage(Cidr block, IReadOnlyList<((UInt128 First, UInt128 Last) Range, long Parts)> taken) =>
        taken is [{ Parts: 1 } whole] && whole.Range == (block.First, block.Last)
            ? new IpBlockUsageStats { AcquiredPrefixes = 1 }
            : IpBlockUsageStats.Of(
                block,
                [.. taken.Select(t => t.Range)],
                taken.Sum(t => t.Parts),
                block is { IsIpv6: false, Length: < 32 } ? 2 : 1);

    private async Task<ILookup<Guid, ((UInt128 First, UInt128 Last) Range, long Parts)>> Taken(Guid[] ids, CancellationToken ct) =>
        (await db.Many<Island>(Sql.Of<Carver>("Taken"), new { ids }, ct)).ToLookup(
            island => island.BlockId,
            island => ((Cidr.Number(IPAddress.Parse(island.First)), Cidr.Number(IPAddress.Parse(island.Last))), island.Parts));

    private sealed record Island(Guid BlockId, string First, string Last, long Parts);
}
