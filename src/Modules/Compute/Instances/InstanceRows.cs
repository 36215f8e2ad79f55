using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances;

/// <summary>Rows that several operations read and write.</summary>
internal sealed class InstanceRows(Db db, OperatingSystems.OperatingSystemRows systems, AtSite.InstanceAtSite atSite, ISites sites)
{
    /// <summary>Interfaces of a network beyond which they are not counted for each new one: of a larger one its site says that it is full.</summary>
    private const int LargestCounted = 4096;

    /// <summary>With fewer places left, those who take them wait for each other. More than are taken at the same moment.</summary>
    private const int Near = 32;

    /// <summary>The interfaces of instances, in the order in which they were asked for.</summary>
    public static Task<List<InterfaceRow>> InterfacesOf(Db db, IEnumerable<Instance> instances, CancellationToken ct) =>
        db.Many<InterfaceRow>(Sql.Of<InstanceRows>("InterfacesOf"), new { ids = instances.Select(instance => instance.Id).ToArray() }, ct);

    /// <summary>The instance, if it is the tenant's; null otherwise.</summary>
    public Task<Instance?> OfTenant(Guid id, Guid tenantId, CancellationToken ct) =>
        db.OneOrNone<Instance>(Sql.Of<InstanceRows>("InstanceOfTenant"), new { id, tenantId }, ct);

    /// <summary>The tenant's instance under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<Instance> Lock(Guid id, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<Instance>(Sql.Of<InstanceRows>("LockInstance"), new { id, tenantId }, ct)
        ?? throw Problem.NotFound("Instance", id);

    /// <summary>The tenant's operating system, which stays while the transaction lasts; 400 otherwise.</summary>
    public async Task<OperatingSystems.OperatingSystem> HoldOperatingSystem(Guid id, Guid tenantId, CancellationToken ct) =>
        await systems.Hold(id, tenantId, ct)
        ?? throw Problem.Invalid("operatingSystemId", $"operating system {id} does not exist");

    /// <summary>
    /// The same, once it is certain that an instance at the site can be given it: it is active and stays, and the site keeps its image if it is one.
    /// </summary>
    public async Task<OperatingSystems.OperatingSystem> HoldBootable(Guid id, Guid tenantId, Guid siteId, CancellationToken ct)
    {
        const string Field = "operatingSystemId";
        var system = await HoldOperatingSystem(id, tenantId, ct);
        if (!system.IsActive)
        {
            throw Problem.Invalid(Field, $"operating system {id} is not active");
        }

        if (system.Status == OperatingSystems.OperatingSystemStatus.Deleting)
        {
            throw Problem.Invalid(Field, $"operating system {id} is Deleting");
        }

        if (system.Type == OperatingSystems.OperatingSystemType.Image)
        {
            if (await sites.Find(siteId, ct) is not { Capabilities.ImageBasedOperatingSystem: true })
            {
                throw Problem.Invalid(Field, $"site {siteId} does not keep images of operating systems");
            }

            if (!(await systems.SitesOf([id], ct))[id].Any(site => site.SiteId == siteId))
            {
                throw Problem.Invalid(Field, $"site {siteId} does not keep the image of operating system {id}");
            }
        }

        return system;
    }

    /// <summary>
    /// 409 when another instance of the tenant at the site has the name, or gets it back should its site refuse its new one. Of
    /// several that want one name, each waits for what became of the one before it: the name is spoken for until the transaction ends.
    /// </summary>
    public async Task HoldName(Guid tenantId, Guid siteId, string name, Guid instanceId, CancellationToken ct)
    {
        await db.Execute(
            "select pg_advisory_xact_lock(hashtextextended('instance/' || @tenantId::text || '/' || @siteId::text || '/' || @name, 0))",
            new { tenantId, siteId, name },
            ct);
        await atSite.RequireName(db, isTaken: true, instanceId, tenantId, siteId, name, ct);
    }

    /// <summary>The same for the names of instances that are made together.</summary>
    public async Task HoldNames(Guid tenantId, Guid siteId, string[] names, CancellationToken ct)
    {
        var wish = new { tenantId, siteId, names };
        await db.Execute(Sql.Of<InstanceRows>("HoldNames"), wish, ct);
        if (await db.OneOrNone<string>(Sql.Of<InstanceRows>("NameThatIsHeld"), wish, ct) is { } held)
        {
            throw Problem.Conflict($"The tenant has an instance named '{held}' at this site already");
        }
    }

    /// <summary>Adds interfaces, in one statement; 400 when a network has no addresses left for them.</summary>
    public async Task AddInterfaces(IReadOnlyList<InterfaceRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var counted = rows.Where(row => row.Room <= LargestCounted).ToArray();
        var used = await db.Many<NetworkUse>(
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
                counted = Networks(counted),
                created = rows[0].Created,
            },
            ct);
        if (WithFewerLeft(Near, counted, used) is not { Length: > 0 } near)
        {
            return;
        }

        // Only those who want the last addresses wait for each other, and see what became of the one before.
        var networks = Networks(near);
        await db.Execute(Sql.Of<InstanceRows>("HoldRoom"), new { networks }, ct);
        if (WithFewerLeft(0, near, await db.Many<NetworkUse>(Sql.Of<InstanceRows>("InterfacesOn"), new { networks }, ct)) is [var full, ..])
        {
            throw NetworkPlan.Full(full);
        }
    }

    private static Guid[] Networks(IEnumerable<InterfaceRow> rows) => [.. rows.Select(row => row.NetworkId).Distinct().Order()];

    /// <summary>The interfaces on networks that have fewer places left than that.</summary>
    private static InterfaceRow[] WithFewerLeft(int places, IEnumerable<InterfaceRow> rows, IReadOnlyList<NetworkUse> used)
    {
        var interfaces = used.ToDictionary(network => network.NetworkId, network => network.Interfaces);
        return [.. rows.Where(row => row.Room - interfaces[row.NetworkId] < places)];
    }

    private sealed record NetworkUse
    {
        public Guid NetworkId { get; init; }

        public long Interfaces { get; init; }
    }
}
