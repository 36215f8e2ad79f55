using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Machines.UpdateMachine;

internal sealed class UpdateMachineHandler(
    Caller caller,
    Db db,
    ISites sites,
    IInstanceRepairs repairs,
    VisibleMachines visible,
    ISiteCommands commands,
    MachineResponses responses,
    TimeProvider clock) : IRequestHandler<UpdateMachine, MachineResponse>
{
    public async Task<MachineResponse> Handle(UpdateMachine request, CancellationToken cancellationToken)
    {
        var seen = await visible.Require(request.MachineId, includeMetadata: false, cancellationToken);
        var isOwner = seen.IsOwners && caller.Has(Role.ProviderAdmin);
        if (!isOwner && !await visible.IsPrivileged(seen.Machine, seen.Sides, cancellationToken))
        {
            throw Problem.Forbidden("Machines are changed by their provider, and by tenants that may choose machines");
        }

        if (!isOwner && (request.InstanceTypeId is not null || request.ClearInstanceType is not null || request.SetMaintenanceMode is not null))
        {
            throw Problem.Forbidden("Instance type and maintenance of a machine are its provider's business");
        }

        if (request.OnlineRepair is not null)
        {
            if (!isOwner && seen.Sides.PrivilegedTenant?.Id != seen.Machine.TenantId)
            {
                throw Problem.Forbidden("A machine is repaired while it keeps its instance by order of its provider, or of the instance's tenant");
            }

            await Repair(request, seen.Machine, cancellationToken);
        }
        else
        {
            // Whoever locks an instance and its machine locks the instance first: only a repair is about both.
            await Change(request, await Lock(request.MachineId, cancellationToken), cancellationToken);
        }

        var written = await visible.Require(request.MachineId, includeMetadata: true, cancellationToken);
        return (await responses.Of([written.Machine], [], MachineView.Full, cancellationToken))[0];
    }

    private async Task<LockedMachine> Lock(string id, CancellationToken ct) =>
        await db.OneOrNone<LockedMachine>(Sql.Of<UpdateMachineHandler>("LockMachine"), new { id }, ct) ?? throw Problem.NotFound("Machine", id);

    private async Task Change(UpdateMachine request, LockedMachine machine, CancellationToken ct)
    {
        if (request.InstanceTypeId is { } instanceTypeId)
        {
            RequireUnassigned(machine);
            if (machine.Status != MachineStatus.Ready)
            {
                throw Problem.Invalid("instanceTypeId", $"machine {machine.Id} is not Ready");
            }

            // There are no instance types yet, so none is known.
            throw Problem.Invalid("instanceTypeId", $"instance type {instanceTypeId} does not exist");
        }

        if (request.ClearInstanceType is true)
        {
            RequireUnassigned(machine);
            if (machine.InstanceTypeId is null)
            {
                throw Problem.Invalid("clearInstanceType", $"machine {machine.Id} belongs to no instance type");
            }
        }

        await sites.RequireRegistered(machine.SiteId, ct);
        if (request.ClearInstanceType is true)
        {
            await Clear(machine, ct);
        }
        else if (request.Labels is { } labels)
        {
            await Label(machine, labels, ct);
        }
        else
        {
            await Maintain(machine, request.SetMaintenanceMode is true, request.MaintenanceMessage?.Trim(), ct);
        }
    }

    private async Task Clear(LockedMachine machine, CancellationToken ct)
    {
        await db.Execute(Sql.Of<UpdateMachineHandler>("ClearInstanceType"), new { id = machine.Id, now = clock.Now() }, ct);
        await commands.Enqueue(
            MachineAtSite.Command(machine, MachineAtSite.InstanceType, SiteOperation.Delete, new InstanceTypeArguments(machine.InstanceTypeId!.Value)), ct);
    }

    private async Task Label(LockedMachine machine, Dictionary<string, string> labels, CancellationToken ct)
    {
        if (labels.Count == machine.Labels.Count && labels.All(label => machine.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
        {
            return;
        }

        RequireReported(machine);
        var order = new LabelsArguments(Guid.CreateVersion7(), labels);
        await db.Execute(Sql.Of<LabelMachineAtSite>("OrderLabels"), new { id = machine.Id, labels = order.Labels, order = order.Order, now = clock.Now() }, ct);
        await commands.Enqueue(MachineAtSite.Command(machine, MachineAtSite.Labels, SiteOperation.Update, order), ct);
    }

    private async Task Maintain(LockedMachine machine, bool isOn, string? message, CancellationToken ct)
    {
        RequireReported(machine);
        if (!isOn && machine.Status != MachineStatus.Maintenance)
        {
            throw Problem.Invalid("setMaintenanceMode", $"machine {machine.Id} is not in Maintenance");
        }

        var order = new MaintenanceArguments(Guid.CreateVersion7(), isOn, message)
        {
            Before = new(machine.Status, machine.StatusMessage, machine.MaintenanceMessage, machine.IsUsableByTenant),
        };
        await order.Apply(db, machine.Id, clock.Now(), ct);
        await commands.Enqueue(MachineAtSite.Command(machine, MachineAtSite.Maintenance, SiteOperation.Update, order), ct);
    }

    private async Task Repair(UpdateMachine request, Machine machine, CancellationToken ct)
    {
        await sites.RequireRegistered(machine.SiteId, ct);
        if (machine.InstanceId is not { } instanceId)
        {
            throw Problem.Invalid("onlineRepair", $"machine {machine.Id} carries no instance");
        }

        var isMissing = await db.OneOrNone<bool?>("select is_missing_on_site from hardware.machine where id = @Id", machine, ct);
        if (isMissing is not false)
        {
            throw Missing(machine.Id);
        }

        var isBegun = request.OnlineRepair!.Enabled is true;
        var alert = machine.Health?.Alerts.Any(alert => alert.Id == OnlineRepairAtSite.AlertId) ?? false;
        var change = isBegun
            ? await repairs.Begin(instanceId, request.OnlineRepair.Policy!.AllowAutoInstanceDeletionOnFailure is true, ct)
            : await repairs.End(instanceId, alert, ct);
        var order = new OnlineRepairArguments(change, request.HealthIssue);
        await commands.Enqueue(
            MachineAtSite.Command(machine.SiteId, machine.Id, MachineAtSite.OnlineRepair, isBegun ? SiteOperation.Create : SiteOperation.Delete, order), ct);
    }

    private static void RequireUnassigned(LockedMachine machine)
    {
        if (machine.InstanceId is not null)
        {
            throw Problem.Invalid($"Machine {machine.Id} carries an instance");
        }
    }

    private static void RequireReported(LockedMachine machine)
    {
        if (machine.IsMissingOnSite)
        {
            throw Missing(machine.Id);
        }
    }

    private static Problem Missing(string id) => Problem.Invalid($"Machine {id} is missing at its site");
}

/// <summary>A machine that an order is about, locked.</summary>
internal sealed record LockedMachine
{
    public required string Id { get; init; }

    public Guid SiteId { get; init; }

    public Guid? InstanceTypeId { get; init; }

    public Guid? InstanceId { get; init; }

    public MachineStatus Status { get; init; }

    public required string StatusMessage { get; init; }

    public string? MaintenanceMessage { get; init; }

    public bool IsUsableByTenant { get; init; }

    public bool IsMissingOnSite { get; init; }

    public required Dictionary<string, string> Labels { get; init; }
}
