using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.Instances.AtSite;

/// <summary>What sites report of instances. Source: spec/60-site-link.md, section 8.12.</summary>
internal sealed class InstanceInventory(InstanceAtSite instances, IMachines machines, ISiteCommands commands, TimeProvider clock)
    : SiteResourceInventory<SiteProtocol.Forge.Instance>(instances, clock)
{
    /// <summary>Largest number of a device or a function.</summary>
    public const int LargestNumber = 65_535;

    public override InventoryPart Part => InventoryPart.Instances;

    protected override SiteQuery Everything => new("FindInstanceIds", new InstanceSearchFilter());

    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<SiteProtocol.Forge.Instance> page, CancellationToken ct)
    {
        var reported = page.Items.ToDictionary(instance => instance.Uuid);
        var now = Now;
        await ApplyStatuses(db, page, now, ct);
        await ApplyInterfaces(db, page, reported, now, ct);
        var known = (await db.Many<Instance>(
            Sql.Of<InstanceInventory>("KnownInstances"), new { ids = reported.Keys.ToArray(), fence = page.Fence }, ct)).ToDictionary(row => row.Id);
        var unknown = page.Items.Where(instance => !known.ContainsKey(instance.Uuid)).ToArray();
        await machines.NoteUnknown(
            page.SiteId, [.. unknown.Select(instance => (instance.Item.MachineId?.Id ?? "", instance.Uuid))], reported.Keys, ct);
        var drifted = await CorrectDrift(db, page, reported, known, now, ct);
        return
        [
            .. unknown.Select(instance => Drift.Unknown(instance.Id, What(instance.Item))),
            .. known.Values.Where(row => row.SiteId != page.SiteId).Select(row => Drift.Elsewhere(row.Id.ToString(), row.SiteId)),
            .. drifted,
        ];
    }

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) =>
        new("FindInstancesByIds", new InstancesByIdsRequest { InstanceIds = { ids.Select(id => new InstanceId { Value = id }) } });

    public override Task Vanished(Db db, Guid siteId, string[] present, CancellationToken ct) => machines.ForgetUnknown(siteId, present, ct);

    /// <summary>What operators are told of an instance that Nico does not have.</summary>
    private static string What(SiteProtocol.Forge.Instance instance) =>
        $"{instance.Metadata?.Name} of org {instance.Config?.Tenant?.TenantOrganizationId} on machine {instance.MachineId?.Id}";

    private static async Task ApplyStatuses(
        Db db,
        InventoryPage<SiteProtocol.Forge.Instance> page,
        DateTime now,
        CancellationToken ct)
    {
        var statuses = page.Items.ToDictionary(instance => instance.Uuid, instance => StatusOf(instance.Item.Status?.Tenant));
        var items = page.Items.Select(instance => instance.Item).ToArray();
        var changed = await db.Many<Changed>(
            Sql.Of<InstanceInventory>("ApplyInstances"),
            new
            {
                siteId = page.SiteId,
                fence = page.Fence,
                now,
                ids = page.Items.Select(instance => instance.Uuid).ToArray(),
                statuses = page.Items.Select(instance => statuses[instance.Uuid]?.Status.ToString()).ToArray(),
                waiting = items.Select(instance => instance.Status?.Update is { UserApprovalReceived: false }).ToArray(),
                updating = items.Select(instance => instance.Status?.Update is not null).ToArray(),
                certificates = items.Select(instance => instance.HasTpmEkCertificate ? instance.TpmEkCertificate : null).ToArray(),
            },
            ct);
        List<StatusChange> history = [];
        foreach (var change in changed)
        {
            if (change.IsNews)
            {
                history.Add(new(change.Id.ToString(), change.Status, statuses[change.Id]?.Message ?? ""));
            }

            if (change.IsUp)
            {
                history.Add(new(change.Id.ToString(), nameof(PowerStatus.BootCompleted), "Instance is up"));
            }

            if (change.IsUpdated)
            {
                history.Add(new(change.Id.ToString(), change.Status, "Updates were applied"));
            }
        }

        await ComputeModule.InstanceHistory.AppendAll(db, history, now, ct);
    }

    /// <summary>Gives the interfaces what the site says of them: the i-th status belongs to the i-th interface of the site's configuration.</summary>
    private static async Task ApplyInterfaces(
        Db db,
        InventoryPage<SiteProtocol.Forge.Instance> page,
        Dictionary<Guid, Report<SiteProtocol.Forge.Instance>> reported,
        DateTime now,
        CancellationToken ct)
    {
        var rows = (await db.Many<InterfaceRow>(
            Sql.Of<InstanceInventory>("InterfacesOfSettled"), new { siteId = page.SiteId, fence = page.Fence, ids = reported.Keys.ToArray() }, ct))
            .ToLookup(row => row.InstanceId);
        List<InterfaceRow> news = [];
        List<Guid> gone = [];
        foreach (var owned in rows)
        {
            var instance = reported[owned.Key];
            if (instance.Item.Status?.Tenant?.State == TenantState.Ready)
            {
                gone.AddRange(owned.Where(row => row.Status == InterfaceStatus.Deleting).Select(row => row.Id));
            }

            news.AddRange(Seen(instance, [.. owned.Where(row => row.Status != InterfaceStatus.Deleting)]));
        }

        if (gone.Count > 0)
        {
            await db.Execute("delete from compute.interface where id = any(@gone)", new { gone = gone.ToArray() }, ct);
        }

        if (news.Count > 0)
        {
            await db.Execute(
                Sql.Of<InstanceInventory>("ApplyInterfaces"),
                new
                {
                    ids = news.Select(row => row.Id).ToArray(),
                    macs = news.Select(row => row.MacAddress).ToArray(),
                    addresses = news.Select(row => string.Join(' ', row.IpAddresses)).ToArray(),
                    requested = news.Select(row => row.RequestedIpAddress).ToArray(),
                    functions = news.Select(row => row.VirtualFunctionId).ToArray(),
                    statuses = news.Select(row => row.Status.ToString()).ToArray(),
                    now,
                },
                ct);
        }
    }

    /// <summary>The rows about which the site says something new, with that.</summary>
    private static IEnumerable<InterfaceRow> Seen(Report<SiteProtocol.Forge.Instance> report, List<InterfaceRow> rows)
    {
        var instance = report.Item;
        var configs = instance.Config?.Network?.Interfaces ?? [];
        var statuses = instance.Status?.Network?.Interfaces ?? [];
        var isSynced = instance.Status?.Network is { ConfigsSynced: SyncState.Synced };
        for (var i = 0; i < configs.Count; i++)
        {
            var config = configs[i];
            if (rows.FirstOrDefault(row => Matches(row, config)) is not { } row)
            {
                continue;
            }

            // Each row stands for one interface, though two of one network look alike.
            rows.Remove(row);
            var status = i < statuses.Count ? statuses[i] : null;
            var place = $"status.network.interfaces[{i}]";
            string[] addresses = [.. (status?.Addresses ?? []).Select(address => report.Address($"{place}.addresses", address)).OfType<string>()];
            var seen = row with
            {
                MacAddress = (status is { HasMacAddress: true } ? report.Mac($"{place}.mac_address", status.MacAddress) : null) ?? row.MacAddress,
                IpAddresses = addresses.Length > 0 ? addresses : row.IpAddresses,
                VirtualFunctionId = (status is { HasVirtualFunctionId: true }
                    ? report.Number($"{place}.virtual_function_id", status.VirtualFunctionId, LargestNumber)
                    : null) ?? row.VirtualFunctionId,
                RequestedIpAddress = config.HasIpAddress ? row.RequestedIpAddress : null,
                Status = isSynced ? InterfaceStatus.Ready : row.Status,
            };
            if (seen.MacAddress != row.MacAddress
                || !seen.IpAddresses.SequenceEqual(row.IpAddresses)
                || seen.VirtualFunctionId != row.VirtualFunctionId
                || seen.RequestedIpAddress != row.RequestedIpAddress
                || seen.Status != row.Status)
            {
                yield return seen;
            }
        }
    }

    private static bool Matches(InterfaceRow row, InstanceInterfaceConfig config)
    {
        var isPhysical = config.FunctionType == InterfaceFunctionType.PhysicalFunction;
        var network = config.NetworkDetailsCase switch
        {
            InstanceInterfaceConfig.NetworkDetailsOneofCase.VpcPrefixId => IsSame(row.VpcPrefixId, config.VpcPrefixId.Value),
            InstanceInterfaceConfig.NetworkDetailsOneofCase.SegmentId => IsSame(row.SubnetId, config.SegmentId.Value),
            _ => IsSame(row.SubnetId, config.NetworkSegmentId?.Value),
        };
        return row.Device is null
            ? network && row.IsPhysical == isPhysical
            : network && config.Device == row.Device && config.DeviceInstance == row.DeviceInstance && row.IsPhysical == isPhysical
                && (isPhysical || config.VirtualFunctionId == row.VirtualFunctionId);
    }

    private static bool IsSame(Guid? id, string? reported) => id is null ? reported is null : Guid.TryParse(reported, out var other) && id == other;

    /// <summary>Tells the site again what its instances are called where it has something else: Nico's word counts.</summary>
    private async Task<IEnumerable<Drift>> CorrectDrift(
        Db db,
        InventoryPage<SiteProtocol.Forge.Instance> page,
        Dictionary<Guid, Report<SiteProtocol.Forge.Instance>> reported,
        Dictionary<Guid, Instance> known,
        DateTime now,
        CancellationToken ct)
    {
        var drifted = known.Values
            .Where(row => row is { Status: InstanceStatus.Ready, Undo: null } && row.SiteId == page.SiteId && row.IsSettled
                && !reported[row.Id].Lacks("metadata") && InstanceAtSite.HasDrifted(row, reported[row.Id].Item))
            .Select(row => row.Id.ToString())
            .ToArray();
        return await instances.Correct(db, commands, page.SiteId, drifted, page.Fence, now, ct);
    }

    /// <summary>Null for a state that is not known here: then what is stored stays.</summary>
    public static (InstanceStatus Status, string Message)? StatusOf(InstanceTenantStatus? tenant) => tenant?.State switch
    {
        TenantState.Provisioning => (InstanceStatus.Provisioning, "Instance is being made by its site"),
        TenantState.Ready => (InstanceStatus.Ready, "Instance is ready for use"),
        TenantState.Configuring => (InstanceStatus.Configuring, "The site is putting the configuration into effect"),
        TenantState.Repairing => (InstanceStatus.Repairing, "The machine is being repaired"),
        TenantState.Terminating or TenantState.Terminated => (InstanceStatus.Terminating, "Instance is being released by its site"),
        TenantState.Updating or TenantState.DpuReprovisioning or TenantState.HostReprovisioning =>
            (InstanceStatus.Updating, "The machine's firmware is being updated"),
        TenantState.Failed => (InstanceStatus.Error, tenant.StateDetails is { Length: > 0 } details ? $"Instance failed at its site: {details}" : "Instance failed at its site"),
        null => (InstanceStatus.Error, "Instance is in a state at its site that is not known here"),
        _ => null,
    };

    private sealed record Changed(Guid Id, string Status, bool IsNews, bool IsUp, bool IsUpdated);
}
