using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.IpBlocks.Grants;

/// <summary>Tenants' blocks, carved out of providers' blocks. Source: spec/20-ip-and-allocation.md, sections 3.4, 6.1 and 6.5.</summary>
internal sealed class IpBlockGrants(Db db, Carver carver, TimeProvider clock) : IIpBlockGrants
{
    public Task<IpBlockRef?> Find(Guid id, CancellationToken ct) =>
        db.OneOrNone<IpBlockRef>(Sql.Of<IpBlockGrants>("FindBlock"), new { id }, ct);

    public async Task<GrantedBlock> Carve(GrantOrder order, CancellationToken ct)
    {
        var source = await db.OneOrNone<IpBlock>(Sql.Of<IpBlockGrants>("LockBlock"), new { id = order.SourceBlockId }, ct)
            ?? throw Problem.Invalid($"IP block {order.SourceBlockId} does not exist");
        var id = Guid.CreateVersion7();
        var part = await carver.Carve(source.Id, source.Network, order.PrefixLength, IpBlock.Kind, id, ct)
            ?? throw Problem.Conflict($"IP block {source.Id} has no free prefix of length {order.PrefixLength}");
        var now = clock.Now();
        await db.Execute(
            Sql.Of<IpBlockGrants>("GrantBlock"),
            new { id, order.Name, order.Description, order.SourceBlockId, order.TenantId, prefix = part.ToString(), now, by = order.CreatedBy },
            ct);
        await NetworkingModule.IpBlockHistory.Append(db, id, nameof(IpBlockStatus.Ready), "IP block is ready for use", now, ct);
        return new GrantedBlock(id, source.Name);
    }

    public async Task Resize(Guid derivedBlockId, int prefixLength, CancellationToken ct)
    {
        // First the source, then what was carved out of it: nobody locks them the other way round.
        var source = await db.One<IpBlock>(Sql.Of<IpBlockGrants>("LockSource"), new { id = derivedBlockId }, ct);
        await RequireUnused([derivedBlockId], ct);
        await carver.Release(IpBlock.Kind, derivedBlockId, ct);
        var part = await carver.Carve(source.Id, source.Network, prefixLength, IpBlock.Kind, derivedBlockId, ct)
            ?? throw Problem.Invalid("constraintValue", $"IP block {source.Id} has no free prefix of length {prefixLength}");
        await db.Execute(Sql.Of<IpBlockGrants>("MoveBlock"), new { id = derivedBlockId, prefix = part.ToString(), now = clock.Now() }, ct);
    }

    public Task Rename(Guid derivedBlockId, string name, CancellationToken ct) => db.Execute(
        "update networking.ip_block set name = @name, updated = @now where id = @derivedBlockId", new { derivedBlockId, name, now = clock.Now() }, ct);

    public async Task Release(IReadOnlyCollection<Guid> derivedBlockIds, CancellationToken ct)
    {
        await RequireUnused(derivedBlockIds, ct);
        await db.Execute(Sql.Of<IpBlockGrants>("RemoveBlocks"), new { ids = derivedBlockIds }, ct);
        await carver.Release(IpBlock.Kind, derivedBlockIds, ct);
        await NetworkingModule.IpBlockHistory.Forget(db, derivedBlockIds.Cast<object>(), ct);
    }

    public async Task<IReadOnlyDictionary<Guid, IpBlockSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, IpBlockSummary>()
            : (await db.Many<IpBlockSummary>(Sql.Of<IpBlockGrants>("BlockSummaries"), new { ids }, ct)).ToDictionary(block => block.Id);

    /// <summary>400 when networks use one of the blocks. The row locks keep others from being carved meanwhile.</summary>
    private async Task RequireUnused(IReadOnlyCollection<Guid> derivedBlockIds, CancellationToken ct)
    {
        await db.Execute(Sql.Of<IpBlockGrants>("LockBlocks"), new { ids = derivedBlockIds }, ct);
        if (await db.One<bool>(Sql.Of<IpBlockGrants>("IsUsed"), new { ids = derivedBlockIds }, ct))
        {
            throw Problem.Invalid("Subnets or VPC prefixes use the allocated IP block: delete them first");
        }
    }
}
