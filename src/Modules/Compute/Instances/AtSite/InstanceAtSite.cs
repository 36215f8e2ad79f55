using System.Text.Json;
using Google.Protobuf;
using Nico.Compute.Contracts;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.Instances.AtSite;

/// <summary>Which change an update carries: a later one has its own.</summary>
internal sealed record UpdateArguments(int Revision);

/// <summary>How a machine is restarted, and when that was ordered.</summary>
internal sealed record RebootArguments(bool WithCustomIpxe, bool ApplyUpdates, DateTime Ordered);

/// <summary>What the tenant says of the machine that it gives back.</summary>
internal sealed record ReleaseArguments(MachineHealthIssue? Issue, bool IsRepairTenant);

/// <summary>Instances at their site: what every command and the inventory need. Source: spec/60-site-link.md, sections 6.8 and 8.12.</summary>
internal sealed class InstanceAtSite(IMachines machines) : SiteKind
{
    public override string Kind => ComputeKinds.Instance;

    public override string Table => "compute.instance";

    public override string Noun => "instance";

    public override StatusHistory History => ComputeModule.InstanceHistory;

    public override string Deleting => nameof(InstanceStatus.Terminating);

    public override string StatusBefore => "status_before_termination";

    public override string Verb => "release";

    /// <summary>Instances that are made together; their resource is the batch.</summary>
    public const string Batch = "instance-batch";

    /// <summary>An order about an instance that was made before; it comes after that of the batch that it was made in.</summary>
    public static SiteCommand Command(Instance instance, SiteOperation operation, IEnumerable<InterfaceRow>? added = null) => new()
    {
        SiteId = instance.SiteId,
        Kind = ComputeKinds.Instance,
        ResourceId = instance.Id.ToString(),
        Operation = operation,
        After = [.. instance.BatchId is { } batch ? [(Batch, batch.ToString())] : Array.Empty<(string, string)>(), .. NetworksOf(added ?? [])],
    };

    /// <summary>What new instances need at their site before them.</summary>
    public static IEnumerable<(string Kind, string ResourceId)> Needs(
        NewInstance shared, IEnumerable<InterfaceRow> interfaces, IEnumerable<InstanceOnMachine> instances) =>
    [
        (HardwareKinds.Tenant, shared.Tenant.Org),
        (NetworkingKinds.Vpc, shared.Vpc.Id.ToString()),
        .. NetworksOf(interfaces),
        .. ImageOf(shared.Boot),
        .. shared.Type is null ? [] : instances.Select(instance => (HardwareKinds.MachineInstanceType, instance.MachineId)),
    ];

    public static Task<Instance?> Row(SiteCall call, CancellationToken ct) =>
        call.Db.OneOrNone<Instance>(Sql.Of<InstanceAtSite>("InstanceById"), new { id = call.Id }, ct);

    /// <summary>The row under a lock until the outcome is recorded, so that no change comes between.</summary>
    public static Task<Instance?> Lock(SiteCall call, CancellationToken ct) => call.Db.OneOrNone<Instance>(
        Sql.Of<InstanceAtSite>("LockInstance"), new { id = call.Id }, ct);

    public static async Task<SiteProtocol.Forge.Instance?> AtSite(SiteCall call, CancellationToken ct)
    {
        var found = await call.Core.FindInstancesByIdsAsync(
            new InstancesByIdsRequest { InstanceIds = { new InstanceId { Value = call.Command.ResourceId } } }, cancellationToken: ct);
        return found.Instances.FirstOrDefault();
    }

    /// <summary>The networks that interfaces are on, which have to be at the site before them.</summary>
    public static IEnumerable<(string Kind, string ResourceId)> NetworksOf(IEnumerable<InterfaceRow> interfaces) => interfaces
        .Select(i => i.SubnetId is { } subnet
            ? (NetworkingKinds.Subnet, subnet.ToString())
            : (NetworkingKinds.VpcPrefix, i.VpcPrefixId!.Value.ToString()))
        .Distinct();

    /// <summary>Only an image is without a script.</summary>
    public static bool BootsImage(Guid? operatingSystemId, bool hasScript) => operatingSystemId is not null && !hasScript;

    /// <summary>The image that is booted, which has to be at the site before the instance.</summary>
    public static IEnumerable<(string Kind, string ResourceId)> ImageOf(BootPlan boot) =>
        BootsImage(boot.OperatingSystemId, !string.IsNullOrEmpty(boot.IpxeScript)) ? [(OperatingSystems.AtSite.OsImageAtSite.Kind, boot.OperatingSystemId!.Value.ToString())] : [];

    public static Metadata Metadata(Instance instance) => SiteMetadata.Of(instance.Name, instance.Description, instance.Labels);

    public static bool HasDrifted(Instance row, SiteProtocol.Forge.Instance reported) =>
        SiteMetadata.HasDrifted(reported.Metadata, row.Name, row.Description, row.Labels);

    /// <summary>The instance's whole configuration, as it is now.</summary>
    public static async Task<InstanceConfig> Config(SiteCall call, BootTexts texts, Instance instance, CancellationToken ct) =>
        Config(texts, instance, await Interfaces(call, [instance], ct));

    public static Task<List<InterfaceRow>> Interfaces(SiteCall call, IEnumerable<Instance> instances, CancellationToken ct) =>
        InstanceRows.InterfacesOf(call.Db, instances, ct);

    /// <summary>The order to make an instance with these interfaces.</summary>
    public static InstanceAllocationRequest Allocation(BootTexts texts, Instance instance, IEnumerable<InterfaceRow> interfaces)
    {
        var request = new InstanceAllocationRequest
        {
            InstanceId = new InstanceId { Value = instance.Id.ToString() },
            MachineId = new MachineId { Id = instance.MachineId },
            Metadata = Metadata(instance),
            AllowUnhealthyMachine = instance.AllowUnhealthyMachine,
            Config = Config(texts, instance, interfaces),
        };
        if (instance.InstanceTypeId is { } type)
        {
            request.InstanceTypeId = type.ToString();
        }

        return request;
    }

    private static InstanceConfig Config(BootTexts texts, Instance instance, IEnumerable<InterfaceRow> interfaces)
    {
        var os = new SiteProtocol.Forge.OperatingSystem
        {
            PhoneHomeEnabled = instance.PhoneHomeEnabled,
            RunProvisioningInstructionsOnEveryBoot = instance.AlwaysBootWithCustomIpxe,
        };
        if (BootsImage(instance.OperatingSystemId, instance.IpxeScript is { IsEmpty: false }))
        {
            os.OsImageId = new UUID { Value = instance.OperatingSystemId!.Value.ToString() };
        }
        else
        {
            os.Ipxe = new InlineIpxe { IpxeScript = texts.Open(instance.IpxeScript) ?? "" };
        }

        if (instance.UserData is not null)
        {
            os.UserData = texts.Open(instance.UserData);
        }

        var network = new InstanceNetworkConfig { Auto = instance.AutoNetwork };
        if (!instance.AutoNetwork)
        {
            network.Interfaces.AddRange(interfaces.Where(row => row.Status != InterfaceStatus.Deleting).Select(Interface));
        }

        return new InstanceConfig { Tenant = new TenantConfig { TenantOrganizationId = instance.Org }, Os = os, Network = network };
    }

    /// <summary>Gives back the machines and the networks of instances that their site never had; they stay, to show why.</summary>
    public override async Task Free(Db db, IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        await machines.Release(await db.Many<(string MachineId, Guid Id)>(Sql.Of<InstanceAtSite>("GiveBack"), new { ids }, ct), needsReset: false, ct);

    /// <summary>Frees the machines, which are reset where the site had the instance.</summary>
    protected override async Task Removing(Db db, IReadOnlyCollection<Guid> ids, DateTime now, CancellationToken ct)
    {
        var held = await db.Many<(string MachineId, Guid Id, bool AtSite, bool IsRepaired)>(Sql.Of<InstanceAtSite>("LockHeld"), new { ids }, ct);
        foreach (var same in held.GroupBy(one => one.AtSite))
        {
            await machines.Release([.. same.Select(one => (one.MachineId, one.Id))], needsReset: same.Key, ct);
        }

        foreach (var repaired in held.Where(one => one.IsRepaired))
        {
            await machines.EndRepair(repaired.MachineId, ct);
        }
    }

    private static InstanceInterfaceConfig Interface(InterfaceRow row)
    {
        var config = new InstanceInterfaceConfig
        {
            FunctionType = row.IsPhysical ? InterfaceFunctionType.PhysicalFunction : InterfaceFunctionType.VirtualFunction,
        };
        if (row.SubnetId is { } subnet)
        {
            config.NetworkSegmentId = new NetworkSegmentId { Value = subnet.ToString() };
            config.SegmentId = new NetworkSegmentId { Value = subnet.ToString() };
        }
        else
        {
            config.VpcPrefixId = new VpcPrefixId { Value = row.VpcPrefixId!.Value.ToString() };
        }

        // Without a device the virtual function is the site's choice: it is not asked for, even once the site has told which it is.
        if (row is { Device: not null, DeviceInstance: { } number })
        {
            config.Device = row.Device;
            config.DeviceInstance = (uint)number;
            if (!row.IsPhysical && row.VirtualFunctionId is { } function)
            {
                config.VirtualFunctionId = (uint)function;
            }
        }

        if (row.RequestedIpAddress is not null)
        {
            config.IpAddress = row.RequestedIpAddress;
        }

        return config;
    }
}

internal sealed class CreateInstanceAtSite(InstanceAtSite instances, BootTexts texts, TimeProvider clock) : SiteCommandHandler
{
    public override int ExhaustedStatus => 429;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await InstanceAtSite.Row(call, ct) is { } instance
        ? await call.Core.AllocateInstanceAsync(
            InstanceAtSite.Allocation(texts, instance, await InstanceAtSite.Interfaces(call, [instance], ct)), cancellationToken: ct)
        : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await InstanceAtSite.AtSite(call, ct) is { } found ? new SiteReadBack(true, found) : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is null)
        {
            return;
        }

        var id = call.Id;
        var now = clock.Now();
        if (await call.Db.OneOrNone<bool>(Sql.Of<CreateInstanceAtSite>("Taken"), new { id, now }, ct))
        {
            await ComputeModule.InstanceHistory.Append(
                call.Db, id, nameof(InstanceStatus.Provisioning), "Instance is being made by its site", now, ct);
        }
    }

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        instances.CreationRefused(call.Db, call.Id, refusal, clock.Now(), ct);

    public override Task Retried(SiteCall call, CancellationToken ct) =>
        throw Problem.Conflict("The machine and the networks were given back when the site refused the instance: create another");
}

internal sealed class UpdateInstanceAtSite(ISiteCommands commands, BootTexts texts, TimeProvider clock) : SiteCommandHandler
{
    public override int ExhaustedStatus => 429;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) =>
        await InstanceAtSite.Row(call, ct) is { Status: not InstanceStatus.Terminating } instance
        ? await call.Core.UpdateInstanceConfigAsync(
            new InstanceConfigUpdateRequest
            {
                InstanceId = new InstanceId { Value = instance.Id.ToString() },
                Metadata = InstanceAtSite.Metadata(instance),
                Config = await InstanceAtSite.Config(call, texts, instance, ct),
            },
            cancellationToken: ct)
        : null;

    /// <summary>True when the site has exactly what the row says: the change has arrived.</summary>
    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct)
    {
        if (await InstanceAtSite.Row(call, ct) is not { } instance || await InstanceAtSite.AtSite(call, ct) is not { Config: not null } found)
        {
            return new SiteReadBack(false);
        }

        var wanted = await InstanceAtSite.Config(call, texts, instance, ct);
        return found.Config.Os.Equals(wanted.Os) && found.Config.Network.Equals(wanted.Network) && !InstanceAtSite.HasDrifted(instance, found)
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);
    }

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (await InstanceAtSite.Lock(call, ct) is { } instance)
        {
            await call.Db.Execute(
                Sql.Of<UpdateInstanceAtSite>("UpdateTaken"), new { instance.Id, undo = instance.Undo?.Without(Revision(call)), now = clock.Now() }, ct);
        }
    }

    /// <summary>What the site has is what counts, whether a request still waits or not: the values from before are back.</summary>
    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await InstanceAtSite.Lock(call, ct) is not { } instance)
        {
            return;
        }

        var now = clock.Now();
        var status = instance.Status;
        if (instance.Undo is { } undo && instance.Revision == Revision(call))
        {
            await Undo(call, instance, undo, now, ct);
            status = status == InstanceStatus.Terminating ? status : undo.Steps[0].Status;
        }

        await ComputeModule.InstanceHistory.Append(
            call.Db, instance.Id, status.ToString(), $"The site refused a changed configuration: {refusal.Reason}", now, ct);
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;

    /// <summary>A push of the name alone has no revision: it undoes nothing.</summary>
    private static int Revision(SiteCall call) =>
        call.Command.Arguments is { } arguments ? JsonSerializer.Deserialize<UpdateArguments>(arguments)!.Revision : -1;

    private async Task Undo(SiteCall call, Instance instance, InstanceUndo undo, DateTime now, CancellationToken ct)
    {
        var (before, replaced) = (undo.Steps[0], undo.Replaced());
        await call.Db.Execute(
            Sql.Of<UpdateInstanceAtSite>("UndoUpdate"),
            new
            {
                instance.Id,
                before.Name,
                before.Description,
                before.Labels,
                before.OperatingSystemId,
                before.IpxeScript,
                before.UserData,
                before.AlwaysBootWithCustomIpxe,
                before.PhoneHomeEnabled,
                before.AutoNetwork,
                status = before.Status.ToString(),
                added = undo.Added(),
                replaced = replaced.Keys.ToArray(),
                statuses = replaced.Values.Select(status => status.ToString()).ToArray(),
                now,
            },
            ct);
        if (undo.Steps.Count > 1)
        {
            // Of several changes that were given up, one may have arrived.
            await commands.EnqueueInBackground(InstanceAtSite.Command(instance, SiteOperation.Update), ct);
        }
    }
}

internal sealed class RebootInstanceAtSite(TimeProvider clock) : SiteCommandHandler
{
    /// <summary>How far a site's clock may be behind.</summary>
    private static readonly TimeSpan _clockSkew = TimeSpan.FromSeconds(1);

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        if (await InstanceAtSite.Row(call, ct) is not { } instance)
        {
            return null;
        }

        var arguments = Arguments(call);
        return await call.Core.InvokeInstancePowerAsync(
            new InstancePowerRequest
            {
                MachineId = new MachineId { Id = instance.MachineId },
                InstanceId = new InstanceId { Value = instance.Id.ToString() },
                Operation = InstancePowerRequest.Types.Operation.PowerReset,
                BootWithCustomIpxe = arguments.WithCustomIpxe,
                ApplyUpdatesOnReboot = arguments.ApplyUpdates,
            },
            cancellationToken: ct);
    }

    /// <summary>The site says when it was last asked to restart the machine: if that was after this order, it was this order.</summary>
    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct)
    {
        if (await InstanceAtSite.Row(call, ct) is not { } instance)
        {
            return new SiteReadBack(false);
        }

        var found = await call.Core.FindMachinesByIdsAsync(
            new MachinesByIdsRequest { MachineIds = { new MachineId { Id = instance.MachineId } } }, cancellationToken: ct);
        return new SiteReadBack(
            found.Machines.FirstOrDefault()?.LastRebootRequestedTime?.ToDateTime() >= Arguments(call).Ordered - _clockSkew);
    }

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => call.Db.Execute(
        "update compute.instance set touched = clock_timestamp() where id = @id", new { id = call.Id, now = clock.Now() }, ct);

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        var id = call.Id;
        var now = clock.Now();
        if (await call.Db.OneOrNone<string>(Sql.Of<RebootInstanceAtSite>("RebootRefused"), new { id, now }, ct) is { } status)
        {
            await ComputeModule.InstanceHistory.Append(call.Db, id, status, $"The site refused to restart the instance: {refusal.Reason}", now, ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => call.Db.Execute(
        "update compute.instance set power_status = 'Rebooting', touched = clock_timestamp() where id = @id",
        new { id = call.Id, now = clock.Now() },
        ct);

    private static RebootArguments Arguments(SiteCall call) => JsonSerializer.Deserialize<RebootArguments>(call.Command.Arguments!)!;
}

internal sealed class DeleteInstanceAtSite(InstanceAtSite instances, ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        // What is released again has said already what there was to say of its machine.
        var arguments = call.Command.Arguments is { } json ? JsonSerializer.Deserialize<ReleaseArguments>(json, Wire.Json) : null;
        var request = new InstanceReleaseRequest { Id = new InstanceId { Value = call.Command.ResourceId } };
        if (arguments is { IsRepairTenant: true })
        {
            request.IsRepairTenant = true;
        }

        if (arguments?.Issue is { } issue)
        {
            request.Issue = new Issue
            {
                Category = issue.Category switch
                {
                    MachineHealthIssueCategory.Hardware => IssueCategory.Hardware,
                    MachineHealthIssueCategory.Network => IssueCategory.Network,
                    MachineHealthIssueCategory.Performance => IssueCategory.Performance,
                    _ => IssueCategory.Other,
                },
                Summary = issue.Category is MachineHealthIssueCategory.Storage or MachineHealthIssueCategory.Software
                    // The protocol has no word for these: what the tenant said is not to be lost.
                    ? $"{issue.Category}: {issue.Summary}"
                    : issue.Summary,
                Details = issue.Details ?? "",
            };
        }

        return await call.Core.ReleaseInstanceAsync(request, cancellationToken: ct);
    }

    /// <summary>An instance stays for a while after its release was taken, on its way out.</summary>
    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => await InstanceAtSite.AtSite(call, ct) switch
    {
        null => new SiteReadBack(true),
        { Status.Tenant.State: TenantState.Terminating or TenantState.Terminated } leaving => new SiteReadBack(true, leaving),
        _ => new SiteReadBack(false),
    };

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is null)
        {
            await instances.Remove(call.Db, [call.Id], clock.Now(), ct);
        }
        else
        {
            await call.Db.Execute(
                "update compute.instance set at_site = true, touched = clock_timestamp() where id = @Id", new { call.Id }, ct);
        }
    }

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        instances.DeletionRefused(call.Db, commands, call.Id, refusal, clock.Now(), ct);

    public override Task Retried(SiteCall call, CancellationToken ct) => instances.BeginDeletion(call.Db, call.Id, clock.Now(), ct);
}
