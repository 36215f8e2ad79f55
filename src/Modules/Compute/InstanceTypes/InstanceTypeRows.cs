using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.InstanceTypes;

/// <summary>Rows of instance types, for all that needs one.</summary>
internal sealed class InstanceTypeRows(Db db)
{
    /// <summary>The instance type, whoever offers it.</summary>
    public Task<InstanceType?> Find(Guid id, CancellationToken ct) => db.OneOrNone<InstanceType>(Sql.Of<InstanceTypeRows>("InstanceTypeById"), new { id }, ct);

    /// <summary>The same, locked: before allocation constraints, instances and machines are.</summary>
    public Task<InstanceType?> Lock(Guid id, CancellationToken ct) =>
        db.OneOrNone<InstanceType>(Sql.Of<InstanceTypeRows>("LockInstanceType"), new { id }, ct);

    /// <summary>The provider's instance type, locked; 404 for any other.</summary>
    public async Task<InstanceType> RequireOwn(Guid id, Guid providerId, CancellationToken ct) =>
        await db.OneOrNone<InstanceType>(Sql.Of<InstanceTypeRows>("InstanceTypeOfProvider"), new { id, providerId }, ct)
        ?? throw Problem.NotFound("Instance type", id);

    /// <summary>Lists that are ordered by the name of the instance type follow it.</summary>
    public static Task Renamed(Db db, Guid id, string name, CancellationToken ct) => db.Execute(Sql.Of<InstanceTypeRows>("RenameCopies"), new { id, name }, ct);

    /// <summary>True when allocations or instances are of the type.</summary>
    public static Task<bool> IsUsed(Db db, Guid id, CancellationToken ct) => db.One<bool>(Sql.Of<InstanceTypeRows>("IsUsed"), new { id }, ct);
}
