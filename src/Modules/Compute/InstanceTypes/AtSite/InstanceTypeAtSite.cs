using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Metadata = Nico.SiteProtocol.Forge.Metadata;
using Reported = Nico.SiteProtocol.Forge.InstanceType;

namespace Nico.Compute.InstanceTypes.AtSite;

/// <summary>Instance types at their site: what every command and the inventory need. Source: spec/60-site-link.md, sections 6.9 and 8.9.</summary>
internal static class InstanceTypeAtSite
{
    public const string Kind = ComputeKinds.InstanceType;

    /// <summary>The command that brings the change of this revision to the site.</summary>
    public static SiteCommand Change(Guid id, Guid siteId, int revision) => new()
    {
        SiteId = siteId,
        Kind = Kind,
        ResourceId = id.ToString(),
        Operation = SiteOperation.Update,
        Arguments = JsonSerializer.Serialize(new ChangeArguments(revision)),
    };

    public static Guid Id(SiteCall call) => Guid.Parse(call.Command.ResourceId);

    public static Task<InstanceType?> Row(SiteCall call, CancellationToken ct) => new InstanceTypeRows(call.Db).Find(Id(call), ct);

    public static Task<InstanceType?> Lock(SiteCall call, CancellationToken ct) => new InstanceTypeRows(call.Db).Lock(Id(call), ct);

    public static async Task<Reported?> AtSite(SiteCall call, CancellationToken ct) => (await call.Core.FindInstanceTypesByIdsAsync(
        new FindInstanceTypesByIdsRequest { InstanceTypeIds = { call.Command.ResourceId } }, cancellationToken: ct)).InstanceTypes.FirstOrDefault();

    public static Metadata Metadata(InstanceType type) => SiteMetadata.Of(type.Name, type.Description, type.Labels);

    public static InstanceTypeAttributes Attributes(InstanceType type) =>
        new() { DesiredCapabilities = { type.Capabilities.Select(Wanted) } };

    /// <summary>
    /// Makes the call; null where the site keeps no instance types or lets nobody change them: then Nico alone knows this one.
    /// </summary>
    public static async Task<IMessage?> Tolerantly(Func<Task<IMessage>> send, params StatusCode[] also)
    {
        try
        {
            return await send();
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unimplemented or StatusCode.PermissionDenied || also.Contains(e.StatusCode))
        {
            return null;
        }
    }

    /// <summary>Removes what has gone at its site, with all that hangs on it; its machines belong to no instance type any more.</summary>
    public static async Task Remove(Db db, IInstanceTypeMachines machines, IReadOnlyCollection<Guid> ids, DateTime now, CancellationToken ct)
    {
        foreach (var id in ids)
        {
            await machines.LeaveAll(id, ct);
        }

        await db.Execute(Sql.Of<CreateInstanceTypeAtSite>("RemoveInstanceTypes"), new { ids, now }, ct);
        await ComputeModule.InstanceTypeHistory.Forget(db, ids.Cast<object>(), ct);
    }

    /// <summary>What a site reports of the parts, as it is kept; null when a part has no model, or one is there twice.</summary>
    public static InstanceTypeCapabilities? Parts(Reported reported)
    {
        var parts = (reported.Attributes?.DesiredCapabilities ?? []).Select(Part).ToArray();
        return parts.Any(part => part is null) || parts.GroupBy(part => (part!.Type, part.Name)).Any(same => same.Count() > 1) ? null : new(parts!);
    }

    private static InstanceTypePart? Part(InstanceTypeMachineCapabilityFilterAttributes wanted) => TypeOf(wanted.CapabilityType) is not { } type || wanted.Name.Length == 0
        ? null
        : new InstanceTypePart
        {
            Type = type,
            Name = wanted.Name.Replace("\0", "", StringComparison.Ordinal),
            Frequency = wanted.HasFrequency ? wanted.Frequency : null,
            Cores = wanted.HasCores ? wanted.Cores : null,
            Threads = wanted.HasThreads ? wanted.Threads : null,
            Capacity = wanted.HasCapacity ? wanted.Capacity : null,
            Vendor = wanted.HasVendor ? wanted.Vendor : null,
            HardwareRevision = wanted.HasHardwareRevision ? wanted.HardwareRevision : null,
            Count = wanted.HasCount ? wanted.Count : null,
            DeviceType = !wanted.HasDeviceType ? null : wanted.DeviceType switch
            {
                MachineCapabilityDeviceType.Dpu => "DPU",
                MachineCapabilityDeviceType.Nvlink => "NVLink",
                _ => null,
            },
            InactiveDevices = wanted.InactiveDevices is { Items.Count: > 0 } inactive ? [.. inactive.Items.Select(index => (long)index)] : null,
        };

    private static InstanceTypeMachineCapabilityFilterAttributes Wanted(InstanceTypePart part)
    {
        var wanted = new InstanceTypeMachineCapabilityFilterAttributes
        {
            CapabilityType = part.Type switch
            {
                InstanceTypeCapabilityType.CPU => MachineCapabilityType.CapTypeCpu,
                InstanceTypeCapabilityType.GPU => MachineCapabilityType.CapTypeGpu,
                InstanceTypeCapabilityType.Memory => MachineCapabilityType.CapTypeMemory,
                InstanceTypeCapabilityType.Storage => MachineCapabilityType.CapTypeStorage,
                InstanceTypeCapabilityType.Network => MachineCapabilityType.CapTypeNetwork,
                InstanceTypeCapabilityType.InfiniBand => MachineCapabilityType.CapTypeInfiniband,
                _ => MachineCapabilityType.CapTypeDpu,
            },
            Name = part.Name,
        };
        Set(part.Frequency, value => wanted.Frequency = value);
        Set(part.Capacity, value => wanted.Capacity = value);
        Set(part.Vendor, value => wanted.Vendor = value);
        Set(part.HardwareRevision, value => wanted.HardwareRevision = value);
        Number(part.Count, value => wanted.Count = value);
        Number(part.Cores, value => wanted.Cores = value);
        Number(part.Threads, value => wanted.Threads = value);
        if (part.InactiveDevices is { } inactive)
        {
            wanted.InactiveDevices = new Uint32List { Items = { inactive.Select(index => (uint)index) } };
        }

        if (part.DeviceType is { } device)
        {
            wanted.DeviceType = device == "DPU" ? MachineCapabilityDeviceType.Dpu : MachineCapabilityDeviceType.Nvlink;
        }

        return wanted;
    }

    private static void Set(string? value, Action<string> set)
    {
        if (value is not null)
        {
            set(value);
        }
    }

    private static void Number(long? value, Action<uint> set)
    {
        if (value is { } number)
        {
            set((uint)number);
        }
    }

    private static InstanceTypeCapabilityType? TypeOf(MachineCapabilityType type) => type switch
    {
        MachineCapabilityType.CapTypeCpu => InstanceTypeCapabilityType.CPU,
        MachineCapabilityType.CapTypeGpu => InstanceTypeCapabilityType.GPU,
        MachineCapabilityType.CapTypeMemory => InstanceTypeCapabilityType.Memory,
        MachineCapabilityType.CapTypeStorage => InstanceTypeCapabilityType.Storage,
        MachineCapabilityType.CapTypeNetwork => InstanceTypeCapabilityType.Network,
        MachineCapabilityType.CapTypeInfiniband => InstanceTypeCapabilityType.InfiniBand,
        MachineCapabilityType.CapTypeDpu => InstanceTypeCapabilityType.DPU,
        _ => null,
    };
}

/// <summary>A change of an instance type.</summary>
internal sealed record ChangeArguments(int Revision);

internal sealed class CreateInstanceTypeAtSite(TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => InstanceTypeAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Create;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await InstanceTypeAtSite.Row(call, ct) is not { } type
        ? null
        : await InstanceTypeAtSite.Tolerantly(async () => (await call.Core.CreateInstanceTypeAsync(
            new CreateInstanceTypeRequest
            {
                Id = type.Id.ToString(),
                Metadata = InstanceTypeAtSite.Metadata(type),
                InstanceTypeAttributes = InstanceTypeAtSite.Attributes(type),
            },
            cancellationToken: ct)).InstanceType ?? new Reported());

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await InstanceTypeAtSite.AtSite(call, ct) is { } found ? new SiteReadBack(true, found) : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is Reported made)
        {
            await call.Db.Execute(
                Sql.Of<CreateInstanceTypeAtSite>("InstanceTypeTaken"), new { id = InstanceTypeAtSite.Id(call), made.Version, now = clock.Now() }, ct);
        }
    }

    /// <summary>It goes without trace while the request waits, unless something is promised of it by now; otherwise it shows why.</summary>
    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await InstanceTypeAtSite.Lock(call, ct) is not { } type)
        {
            return;
        }

        var now = clock.Now();
        if (refusal.RequestWaits && !await InstanceTypeRows.IsUsed(call.Db, type.Id, ct))
        {
            await call.Db.Execute("delete from compute.instance_type where id = @Id", new { type.Id }, ct);
            await ComputeModule.InstanceTypeHistory.Forget(call.Db, [type.Id], ct);
            return;
        }

        await InstanceTypeStatuses.Set(call.Db, type.Id, InstanceTypeStatus.Error, $"The site refused the instance type: {refusal.Reason}", now, ct);
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => InstanceTypeStatuses.Set(
        call.Db, InstanceTypeAtSite.Id(call), InstanceTypeStatus.Ready, "Instance type is on its way to its site again", clock.Now(), ct);
}

internal sealed class UpdateInstanceTypeAtSite(ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => InstanceTypeAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Update;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await InstanceTypeAtSite.Row(call, ct) is not { } type
        ? null
        : await InstanceTypeAtSite.Tolerantly(
            async () => (await call.Core.UpdateInstanceTypeAsync(
                new UpdateInstanceTypeRequest
                {
                    Id = type.Id.ToString(),
                    Metadata = InstanceTypeAtSite.Metadata(type),
                    InstanceTypeAttributes = InstanceTypeAtSite.Attributes(type),
                },
                cancellationToken: ct)).InstanceType ?? new Reported(),
            StatusCode.NotFound);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await InstanceTypeAtSite.Row(call, ct) is { } row
        && await InstanceTypeAtSite.AtSite(call, ct) is { } found
        && !SiteMetadata.HasDrifted(found.Metadata, row.Name, row.Description, row.Labels)
        && InstanceTypeAtSite.Attributes(row).Equals(found.Attributes ?? new InstanceTypeAttributes())
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (await InstanceTypeAtSite.Lock(call, ct) is { } type)
        {
            var version = (answer as Reported)?.Version is { Length: > 0 } known ? known : type.Version;
            await call.Db.Execute(
                Sql.Of<UpdateInstanceTypeAtSite>("ChangeTaken"), new { type.Id, undo = type.Undo?.Without(Revision(call)), version, now = clock.Now() }, ct);
        }
    }

    /// <summary>What was before is back, unless a newer change is on its way, which decides then.</summary>
    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await InstanceTypeAtSite.Lock(call, ct) is not { } type)
        {
            return;
        }

        var now = clock.Now();
        if (type.Undo is { Steps: [var before, ..] steps } && type.Revision == Revision(call))
        {
            var args = new { type.Id, before.Name, before.Description, before.Labels, before.Capabilities, now };
            await call.Db.Execute(Sql.Of<UpdateInstanceTypeAtSite>("RestoreInstanceType"), args, ct);
            if (before.Name != type.Name)
            {
                await InstanceTypeRows.Renamed(call.Db, type.Id, before.Name, ct);
            }

            if (steps.Count > 1)
            {
                // Of several changes that were given up, one may have arrived.
                await commands.EnqueueInBackground(InstanceTypeAtSite.Change(type.Id, type.SiteId, type.Revision), ct);
            }
        }

        await ComputeModule.InstanceTypeHistory.Append(
            call.Db, type.Id, type.Status.ToString(), $"The site refused a change of the instance type: {refusal.Reason}", now, ct);
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;

    private static int Revision(SiteCall call) => JsonSerializer.Deserialize<ChangeArguments>(call.Command.Arguments!)!.Revision;
}

internal sealed class DeleteInstanceTypeAtSite(IInstanceTypeMachines machines, ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => InstanceTypeAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Delete;

    public override Task<IMessage?> Send(SiteCall call, CancellationToken ct) => InstanceTypeAtSite.Tolerantly(
        async () => await call.Core.DeleteInstanceTypeAsync(new DeleteInstanceTypeRequest { Id = call.Command.ResourceId }, cancellationToken: ct),
        StatusCode.NotFound);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => new(await InstanceTypeAtSite.AtSite(call, ct) is null);

    /// <summary>Controllers remove instance types at once.</summary>
    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (await InstanceTypeAtSite.Lock(call, ct) is { Status: InstanceTypeStatus.Deleting } type)
        {
            await InstanceTypeAtSite.Remove(call.Db, machines, [type.Id], clock.Now(), ct);
        }
    }

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await InstanceTypeAtSite.Lock(call, ct) is not { Status: InstanceTypeStatus.Deleting } type)
        {
            return;
        }

        await InstanceTypeStatuses.Restore(call.Db, type.Id, $"The site refused to delete the instance type: {refusal.Reason}", clock.Now(), ct);
        if (type.Undo is not null)
        {
            // A change that the deletion had made pointless.
            await commands.EnqueueInBackground(InstanceTypeAtSite.Change(type.Id, type.SiteId, type.Revision), ct);
        }
    }

    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        var args = new { id = InstanceTypeAtSite.Id(call), now = clock.Now() };
        if (await InstanceTypeAtSite.Lock(call, ct) is null)
        {
            return;
        }

        if (await InstanceTypeRows.IsUsed(call.Db, args.id, ct))
        {
            throw Problem.Conflict("The instance type is in use again");
        }

        await InstanceTypeRows.MarkDeleting(call.Db, args.id, args.now, ct);
        await ComputeModule.InstanceTypeHistory.Append(call.Db, args.id, nameof(InstanceTypeStatus.Deleting), "Instance type is being deleted", args.now, ct);
    }
}
