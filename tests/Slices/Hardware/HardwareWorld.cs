using Dapper;
using Google.Protobuf;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Nico.Compute.Contracts;
using Nico.Hardware;
using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;
using Nico.Tests.Slices.Infrastructure;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Arranges what the API of this module cannot: what other modules cause, and what sites report.</summary>
internal sealed class HardwareWorld(IServiceProvider services)
{
    private readonly HashSet<Guid> _privileged = [];
    private int _machines;

    public HardwareWorld(TestHost host)
        : this(host.Services)
    {
    }

    /// <summary>Runs work in a transaction of its own, as the site link and other modules' commands do.</summary>
    public async Task<T> Transaction<T>(Func<IServiceProvider, Db, Task<T>> work)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.Begin(default);
        var result = await work(scope.ServiceProvider, db);
        await db.Commit(default);
        return result;
    }

    public Task Sql(string sql, object args) => Transaction(async (_, db) =>
        await (await db.Connection(default)).ExecuteAsync(sql, args));

    public Task<T> Read<T>(string sql, object args) => Transaction((_, db) => db.One<T>(sql, args, default));

    /// <summary>A site of the provider, made over the API.</summary>
    public static async Task<Guid> Site(ApiClient provider, string name = "site") =>
        (await provider.Post("site", new { name })).Is(201)["id"].Id();

    public Task Publish(INotification notification) => Transaction(async (scope, _) =>
    {
        await scope.GetRequiredService<IMediator>().Publish(notification);
        return true;
    });

    /// <summary>The tenant gets an allocation at the site.</summary>
    public async Task<Guid> Allocate(Guid tenantId, Guid siteId)
    {
        var id = Guid.CreateVersion7();
        await Publish(new AllocationCreated(id, tenantId, siteId));
        return id;
    }

    public Task Deallocate(Guid tenantId, Guid siteId) => Publish(new AllocationDeleted(Guid.CreateVersion7(), tenantId, siteId));

    /// <summary>A tenant that may choose machines at all sites of whoever has a Ready account with it.</summary>
    public async Task<(ApiClient Client, Guid TenantId)> PrivilegedTenant(TestHost host)
    {
        var tenant = await host.Tenant();
        _privileged.Add(tenant.TenantId);
        return tenant;
    }

    /// <summary>An account of provider and tenant.</summary>
    public Task Account(Guid providerId, Guid tenantId, string status = "Ready") => Sql(
        """
        insert into identity.tenant_account
          (id, account_number, infrastructure_provider_id, tenant_org, tenant_id, status, targeted_instance_creation, created, updated)
        select gen_random_uuid(), 'nico-' || gen_random_uuid(), @providerId, org, id, @status, @may, now(), now()
        from identity.tenant
        where id = @tenantId
        """,
        new { providerId, tenantId, status, may = _privileged.Contains(tenantId) });

    /// <summary>Another machine that is free and healthy, with an id of its own.</summary>
    public Machine Machine(string state = "Ready", Action<Machine>? with = null)
    {
        var id = $"fm100h{Guid.NewGuid():N}{Interlocked.Increment(ref _machines)}";
        var machine = new Machine
        {
            Id = new MachineId { Id = id },
            State = state,
            DiscoveryInfo = new()
            {
                MachineType = "x86_64",
                DmiData = new() { SysVendor = "NVIDIA", ProductName = "DGXH100", ProductSerial = "1663223000001" },
            },
            Capabilities = new MachineCapabilitiesSet(),
            Health = new() { Source = "aggregate-host-health" },
            Metadata = new() { Name = id },
        };
        with?.Invoke(machine);
        return machine;
    }

    /// <summary>One inventory round of the site's machines. <paramref name="begun"/> is when its id call started; now when null.</summary>
    public async Task<IReadOnlyList<string>> Round(Guid siteId, IReadOnlyList<Machine> machines, DateTime? begun = null, int most = int.MaxValue)
    {
        var fence = begun ?? DateTime.UtcNow;
        await Transaction(async (scope, db) =>
        {
            await Inventory(scope).Answered(db, siteId, default);
            return true;
        });
        var drift = await Page(siteId, machines, fence, most);
        await Transaction(async (scope, db) =>
        {
            var inventory = Inventory(scope);
            var absent = await inventory.Absent(db, siteId, [.. machines.Select(machine => machine.Id.Id)], fence, default);
            await inventory.Gone(db, siteId, [.. absent.Select(machine => machine.Id)], fence, default);
            return true;
        });
        return drift;
    }

    /// <summary>One chunk, in a round that is not complete.</summary>
    public Task<IReadOnlyList<string>> Page(Guid siteId, IReadOnlyList<Machine> machines, DateTime? begun = null, int most = int.MaxValue) => Transaction<IReadOnlyList<string>>(async (scope, db) =>
    {
        // As a chunk is read: what has no id is not in it, and nothing is in it twice.
        var reports = machines
            .Select(machine => new ObjectFrame(machine.ToByteString(), FrameShape.Of(SiteProtocol.Forge.Machine.Descriptor)))
            .Where(frame => frame.Id is { Length: <= 256 } id && !id.Any(char.IsControl))
            .DistinctBy(frame => frame.Id)
            .Select(frame => new Report<Machine>(frame.Id!, frame));
        var drift = await Inventory(scope).Apply(db, new InventoryPage<Machine>(siteId, [.. reports], begun ?? DateTime.UtcNow, most), default);
        return [.. drift.Select(entry => entry.Id)];
    });

    /// <summary>Has what was only ever reported and is missing since before then forgotten.</summary>
    public Task Forget(Guid siteId, DateTime before) => Transaction(async (scope, db) =>
    {
        await Inventory(scope).Forget(db, siteId, before, default);
        return true;
    });

    /// <summary>The instance gets the machine.</summary>
    public async Task<Guid> Assign(string machineId, Guid tenantId)
    {
        var instanceId = Guid.CreateVersion7();
        await Transaction(async (scope, _) =>
        {
            var machines = scope.GetRequiredService<IMachines>();
            await machines.Lock(machineId, default);
            await machines.Assign(machineId, instanceId, tenantId, default);
            return true;
        });
        return instanceId;
    }

    public Task Release(string machineId, Guid instanceId, bool needsReset) => Transaction(async (scope, _) =>
    {
        await scope.GetRequiredService<IMachines>().Release([(machineId, instanceId)], needsReset, default);
        return true;
    });

    private static SiteInventory<Machine> Inventory(IServiceProvider scope) => (SiteInventory<Machine>)ActivatorUtilities.CreateInstance(
        scope, typeof(HardwareModule).Assembly.GetTypes().Single(type => type.IsSubclassOf(typeof(SiteInventory<Machine>))));
}
