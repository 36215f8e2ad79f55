using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Subnets;

/// <summary>Rows of subnets that several operations need.</summary>
internal sealed class SubnetRows(Db db)
{
    /// <summary>The tenant's subnet under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<Subnet> Lock(Guid id, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<Subnet>(Sql.Of<SubnetRows>("LockSubnet"), new { id, tenantId }, ct) ?? throw Problem.NotFound("Subnet", id);

    /// <summary>409: another has the name.</summary>
    public async Task<Problem> NameTaken(Subnet subnet, CancellationToken ct) => Problem.Conflict(
        $"The tenant has a subnet named '{subnet.Name}' at this site already",
        await db.OneOrNone<Guid?>(Sql.Of<SubnetRows>("IdOfName"), subnet, ct) ?? subnet.Id);
}
