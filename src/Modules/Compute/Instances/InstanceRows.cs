using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances;

/// <summary>Rows that several operations read and write.</summary>
internal sealed class InstanceRows(Db db)
{
    /// <summary>The instance, if it is the tenant's; null otherwise.</summary>
    public Task<Instance?> OfTenant(Guid id, Guid tenantId, CancellationToken ct) =>
        db.OneOrNone<Instance>(Sql.Of<InstanceRows>("InstanceOfTenant"), new { id, tenantId }, ct);

    /// <summary>The tenant's instance under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<Instance> Lock(Guid id, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<Instance>(Sql.Of<InstanceRows>("InstanceOfTenant") + "for update", new { id, tenantId }, ct)
        ?? throw Problem.NotFound("Instance", id);

    /// <summary>The tenant's operating system, which stays while the transaction lasts; 400 otherwise.</summary>
    public async Task<OperatingSystems.OperatingSystem> HoldOperatingSystem(Guid id, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<OperatingSystems.OperatingSystem>(Sql.Of<InstanceRows>("HoldOperatingSystem"), new { id, tenantId }, ct)
        ?? throw Problem.Invalid("operatingSystemId", $"operating system {id} does not exist");

    /// <summary>The id of the tenant's other instance of that name at the site, if there is one.</summary>
    public Task<Guid?> IdOfName(Guid tenantId, Guid siteId, string name, CancellationToken ct) =>
        db.OneOrNone<Guid?>(
            "select id from compute.instance where tenant_id = @tenantId and site_id = @siteId and name = @name", new { tenantId, siteId, name }, ct);

    /// <summary>Adds interfaces, in one statement.</summary>
    public Task AddInterfaces(IReadOnlyList<InterfaceRow> rows, CancellationToken ct) => rows.Count == 0
        ? Task.CompletedTask
        : db.Execute(
            Sql.Of<InstanceRows>("AddInterfaces"),
            new
            {
                ids = rows.Select(row => row.Id).ToArray(),
                instanceIds = rows.Select(row => row.InstanceId).ToArray(),
                positions = rows.Select(row => row.Position).ToArray(),
                subnetIds = rows.Select(row => row.SubnetId).ToArray(),
                vpcPrefixIds = rows.Select(row => row.VpcPrefixId).ToArray(),
                vpcIds = rows.Select(row => row.VpcId).ToArray(),
                physicals = rows.Select(row => row.IsPhysical).ToArray(),
                devices = rows.Select(row => row.Device).ToArray(),
                deviceInstances = rows.Select(row => row.DeviceInstance).ToArray(),
                functions = rows.Select(row => row.VirtualFunctionId).ToArray(),
                addresses = rows.Select(row => row.RequestedIpAddress).ToArray(),
                created = rows[0].Created,
            },
            ct);
}
