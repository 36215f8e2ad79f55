using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.OperatingSystems;

/// <summary>Rows that several operations read and write.</summary>
internal sealed class OperatingSystemRows(Db db)
{
    /// <summary>The tenant's operating system under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<OperatingSystem> Lock(Guid id, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<OperatingSystem>(Sql.Of<OperatingSystemRows>("LockOperatingSystem"), new { id, tenantId }, ct)
        ?? throw Problem.NotFound("Operating system", id);

    /// <summary>The tenant's operating system, which is neither changed nor removed while the transaction lasts; null otherwise.</summary>
    public Task<OperatingSystem?> Hold(Guid id, Guid tenantId, CancellationToken ct) =>
        db.OneOrNone<OperatingSystem>(Sql.Of<OperatingSystemRows>("HoldOperatingSystem"), new { id, tenantId }, ct);

    /// <summary>The sites that keep the operating systems' images, in one statement.</summary>
    public async Task<ILookup<Guid, OperatingSystemSite>> SitesOf(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await db.Many<OperatingSystemSite>(Sql.Of<OperatingSystemRows>("SitesOf"), new { ids }, ct)).ToLookup(site => site.OperatingSystemId);

    /// <summary>409: another operating system of the tenant has the name.</summary>
    public async Task<Problem> NameTaken(OperatingSystem system, CancellationToken ct) => Taken(
        system.Name, await db.OneOrNone<Guid?>(Sql.Of<OperatingSystemRows>("IdOfName"), new { system.TenantId, system.Name }, ct) ?? system.Id);

    /// <summary>409 when another of the tenant's gets the name back should its site refuse its new one. Asked once the name is taken.</summary>
    public async Task RequireNotPromised(OperatingSystem system, CancellationToken ct)
    {
        if (await db.OneOrNone<Guid?>(Sql.Of<OperatingSystemRows>("PromisedTo"), new { system.Id, system.TenantId, system.Name }, ct) is { } other)
        {
            throw Taken(system.Name, other);
        }
    }

    /// <summary>True when an instance uses the locked operating system: who makes one with it holds a share of the lock until it can be seen.</summary>
    public static Task<bool> IsInUse(Db db, Guid id, CancellationToken ct) => db.One<bool>(Sql.Of<OperatingSystemRows>("IsInUse"), new { id }, ct);

    /// <summary>Removes operating systems with all that hangs on them.</summary>
    public static async Task Remove(Db db, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        if (ids.Count > 0)
        {
            await db.Execute("delete from compute.operating_system where id = any(@ids)", new { ids }, ct);
            await ComputeModule.OperatingSystemHistory.Forget(db, ids.Cast<object>(), ct);
        }
    }

    private static Problem Taken(string name, Guid by) => Problem.Conflict($"The tenant has an operating system named '{name}' already", by);
}
