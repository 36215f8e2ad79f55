using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.IpBlocks;

/// <summary>Rows of IP blocks that several operations need.</summary>
internal sealed class IpBlockRows(Db db)
{
    /// <summary>The provider's IP block under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<IpBlock> Lock(Guid id, Guid providerId, CancellationToken ct) =>
        await db.OneOrNone<IpBlock>(Sql.Of<IpBlockRows>("LockIpBlock"), new { id, providerId }, ct) ?? throw Problem.NotFound("IP block", id);

    /// <summary>409: another has the name.</summary>
    public async Task<Problem> NameTaken(IpBlock block, CancellationToken ct) => Problem.Conflict(
        $"The site has an IP block named '{block.Name}' already",
        await IdOfName(block, ct) ?? block.Id);

    /// <summary>The provider's own block of that name at the site, if there is one.</summary>
    public Task<Guid?> IdOfName(IpBlock block, CancellationToken ct) => db.OneOrNone<Guid?>(Sql.Of<IpBlockRows>("IdOfName"), block, ct);
}
