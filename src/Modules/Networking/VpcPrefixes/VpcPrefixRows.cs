using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.VpcPrefixes;

/// <summary>Rows of VPC prefixes that several operations need.</summary>
internal sealed class VpcPrefixRows(Db db)
{
    /// <summary>The tenant's VPC prefix under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<VpcPrefix> Lock(Guid id, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<VpcPrefix>(Sql.Of<VpcPrefixRows>("LockVpcPrefix"), new { id, tenantId }, ct) ?? throw Problem.NotFound("VPC prefix", id);
}
