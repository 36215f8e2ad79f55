using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Vpcs;

/// <summary>Rows of VPCs that several operations need.</summary>
internal sealed class VpcRows(Db db)
{
    /// <summary>The tenant's VPC under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<Vpc> Lock(Guid id, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<Vpc>(Sql.Of<VpcRows>("LockVpc"), new { id, tenantId }, ct) ?? throw Problem.NotFound("VPC", id);

    /// <summary>True when subnets or VPC prefixes are in the VPC, in whatever status.</summary>
    public Task<bool> HasNetworks(Guid id, CancellationToken ct) => db.One<bool>(Sql.Of<VpcRows>("HasNetworks"), new { id }, ct);
}
