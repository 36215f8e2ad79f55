using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.AtSite;
using Nico.Hardware.Machines.InstanceTypes;
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
    IInstanceTypes types,
    InstanceTypeMachines typed,
    InstanceTypeOrders orders,
    ISiteCommands commands,
    TimeProvider clock) : IRequestHandler<UpdateMachine, string>
{
    public async Task<string> Handle(UpdateMachine request, CancellationToken cancellationToken)
    {
        var seen = await visible.Require(request.MachineId, cancellationToken);
        var isOwner = seen.IsOwners && caller.Has(Role.ProviderAdmin);
        if (!isOwner && !VisibleMachines.IsPrivileged(seen.Machine, seen.Sides))
        {
            throw Problem.Forbidden("Machines are changed by their provider, and by tenants that may choose machines");
        }

        if (!isOwner && (request.InstanceTypeId is not null || request.ClearInstanceType is not null || request.SetMaintenanceMode is not null))
        {
            throw Problem.Forbidden("Instance type and maintenance of a machine are its provider's business");
        }

        if (request.OnlineRepair is not null)
        {
            if (!isOwner && seen.Sides.Tenant?.Id != seen.Machine.TenantId)
            {
                throw Problem.Forbidden("A machine is repaired while it keeps its instance by order of its provider, or of the instance's tenant");
            }

            await Repair(request, seen.Machine, cancellationToken);
        }
        else if (request.InstanceTypeId is not null || request.ClearInstanceType is true)
        {
            await Retype(request, seen.Machine, cancellationToken);
        }
        else
        {
            // Whoever locks an instance and its machine locks the instance first: only a repair is about both.
            await Change(request, await Lock(request.MachineId, cancellationToken), cancellationToken);
        }

        return request.MachineId;
    }

    private async Task<LockedMachine> Lock(string id, CancellationToken ct) =>
        await MachineRows.Lock(db, id, ct) ?? throw Problem.NotFound("Machine", id);

    private async Task Change(UpdateMachine request, LockedMachine machine, CancellationToken ct)
    {
        await sites.RequireRegistered(machine.SiteId, ct);
        if (request.Labels is { } labels)
        {
            await Label(machine, labels, ct);
        }
        else
        {
            await Maintain(machine, request.SetMaintenanceMode is true, request.MaintenanceMessage?.Trim(), ct);
        }
    }

    /// <summary>Has the machine join, change or leave an instance type. Source: spec/41-machine.md, sections 6.1 and 6.3.</summary>
    private async Task Retype(UpdateMachine request, Machine seen, CancellationToken ct)
    {
        var locked = await types.Lock([.. new[] { request.InstanceTypeId, seen.InstanceTypeId }.OfType<Guid>().Distinct()], ct);
        var machine = (await typed.LockMachines([seen.Id], ct)).FirstOrDefault()
            ?? throw Problem.NotFound("Machine", seen.Id);
        if (machine.InstanceTypeId != seen.InstanceTypeId)
        {
            throw Problem.Conflict($"The instance type of machine {machine.Id} has just been changed");
        }

        RequireUnassigned(machine.Id, machine.InstanceId);
        if (request.InstanceTypeId is { } wanted)
        {
            await RequireJoinable(machine, wanted, locked.GetValueOrDefault(wanted), ct);
        }
        else if (machine.InstanceTypeId is null)
        {
            throw Problem.Invalid("clearInstanceType", $"machine {machine.Id} belongs to no instance type");
        }

        await sites.RequireRegistered(machine.SiteId, ct);
        if (machine.InstanceTypeId is { } left && locked.TryGetValue(left, out var type))
        {
            await typed.RequireSpare(type, ct);
        }

        await (request.InstanceTypeId is { } joined ? orders.Join(joined, [machine], ct) : orders.Leave(machine, ct));
    }

    private async Task RequireJoinable(TypedMachine machine, Guid wanted, LockedInstanceType? type, CancellationToken ct)
    {
        if (machine.Status != MachineStatus.Ready)
        {
            throw Problem.Invalid("instanceTypeId", $"machine {machine.Id} is {machine.Status}, not Ready");
        }

        if (type is null || type.InfrastructureProviderId != machine.InfrastructureProviderId)
        {
            throw Problem.Invalid("instanceTypeId", $"instance type {wanted} does not exist");
        }

        if (machine.InstanceTypeId == wanted)
        {
            throw Problem.Invalid("instanceTypeId", $"machine {machine.Id} belongs to instance type {wanted} already");
        }

        if (type.SiteId != machine.SiteId)
        {
            throw Problem.Invalid("instanceTypeId", $"instance type {wanted} is at another site");
        }

        if (type.Status == InstanceTypeStatus.Deleting)
        {
            throw Problem.Conflict($"Instance type {wanted} is Deleting");
        }

        if (machine.IsMissingOnSite)
        {
            throw Missing(machine.Id);
        }

        var has = await MachineRows.Capabilities(db, [machine.Id], ct);
        if (PartMatch.Missing(type.Parts, has) is { } missing)
        {
            var reason = $"machine {machine.Id} has no {missing.Type} '{missing.Name}' such as the instance type asks for";
            throw has.Count == 0 ? Problem.Conflict(reason) : Problem.Invalid("instanceTypeId", reason);
        }
    }

    private async Task Label(LockedMachine machine, Dictionary<string, string> labels, CancellationToken ct)
    {
        if (labels.Count == machine.Labels.Count && labels.All(label => machine.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
        {
            return;
        }

        RequireReported(machine);
        var order = new LabelsArguments(Guid.CreateVersion7(), labels);
        await order.Apply(db, machine.Id, clock.Now(), ct);
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
        var order = request.OnlineRepair.Policy is { AllowAutoInstanceDeletionOnFailure: var allowsDeletion } && isBegun
            ? new OnlineRepairArguments(await repairs.Begin(instanceId, allowsDeletion is true, ct), request.HealthIssue, allowsDeletion is true)
            : new OnlineRepairArguments(await repairs.End(instanceId, alert, ct), null);
        await commands.Enqueue(
            MachineAtSite.Command(machine.SiteId, machine.Id, MachineAtSite.OnlineRepair, isBegun ? SiteOperation.Create : SiteOperation.Delete, order), ct);
    }

    private static void RequireUnassigned(string id, Guid? instanceId)
    {
        if (instanceId is not null)
        {
            throw Problem.Invalid($"Machine {id} carries an instance");
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
