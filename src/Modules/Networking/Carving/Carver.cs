using System.Net;
using Nico.Networking.IpBlocks;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Carving;

/// <summary>Carves parts out of IP blocks and counts what is left.</summary>
internal sealed class Carver(Db db)
{
    /// <summary>
    /// Carves a part of <paramref name="length"/> out of the block, whose row the caller has locked; null when there is no such
    /// space. A length equal to the block's takes all of it. <paramref name="kind"/> is what the holder is. What a site has there and Nico does
    /// not is left alone: a network never gets of it, and a tenant's block only where there is no other space, since what lies in it may be
    /// adopted by its tenant, and is not given to any network.
    /// </summary>
    public async Task<Cidr?> Carve(Guid blockId, Cidr block, int length, string kind, Guid holder, CancellationToken ct)
    {
        if (length < block.Length || length > block.AddressBits)
        {
            return null;
        }

        var taken = (await Taken([blockId], ct)).GetValueOrDefault(blockId, TakenOfBlock.Nothing);
        var part = FreeSpace.BestFit(FreeSpace.Of(block, taken.All), length)
            ?? (kind == IpBlock.Kind ? FreeSpace.BestFit(FreeSpace.Of(block, taken.Carved.Select(island => island.Range)), length) : null);
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
        return blocks.ToDictionary(block => block.Key, block => Usage(block.Value, taken.GetValueOrDefault(block.Key, TakenOfBlock.Nothing)));
    }

    private static IpBlockUsageStats Usage(Cidr block, TakenOfBlock taken) =>
        taken.Carved is [{ Parts: 1 } whole] && whole.Range == (block.First, block.Last)
            ? new IpBlockUsageStats { AcquiredPrefixes = 1 }
            : IpBlockUsageStats.Of(
                block,
                taken.All,
                taken.Carved.Sum(island => island.Parts),
                block is { IsIpv6: false, Length: < 32 } ? 2 : 1);

    private async Task<IReadOnlyDictionary<Guid, TakenOfBlock>> Taken(Guid[] ids, CancellationToken ct) =>
        (await db.Many<Island>(Sql.Of<Carver>("Taken"), new { ids }, ct))
            .GroupBy(island => island.BlockId)
            .ToDictionary(block => block.Key, block => TakenOfBlock.Of([.. block.OrderBy(island => island.Range.First)]));

    private sealed record Island(Guid BlockId, string First, string Last, long Parts)
    {
        public (UInt128 First, UInt128 Last) Range { get; } = (Cidr.Number(IPAddress.Parse(First)), Cidr.Number(IPAddress.Parse(Last)));
    }

    /// <summary>What of a block cannot be given out.</summary>
    /// <param name="Carved">What has been carved out of it, ascending and apart from each other.</param>
    /// <param name="All">That and what its site occupies, ascending and apart from each other.</param>
    private sealed record TakenOfBlock(IReadOnlyList<Island> Carved, IReadOnlyList<(UInt128 First, UInt128 Last)> All)
    {
        public static TakenOfBlock Nothing { get; } = new([], []);

        /// <summary>Of islands by where they begin.</summary>
        public static TakenOfBlock Of(IReadOnlyList<Island> islands)
        {
            List<(UInt128 First, UInt128 Last)> all = [];
            foreach (var (first, last) in islands.Select(island => island.Range))
            {
                if (all.Count > 0 && first <= all[^1].Last)
                {
                    all[^1] = (all[^1].First, UInt128.Max(all[^1].Last, last));
                }
                else
                {
                    all.Add((first, last));
                }
            }

            return new TakenOfBlock([.. islands.Where(island => island.Parts > 0)], all);
        }
    }
}
