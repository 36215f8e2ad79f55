using Google.Protobuf;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Machines.AtSite;

/// <summary>What a machine was before an order about its maintenance.</summary>
internal sealed record MachineBefore(MachineStatus Status, string StatusMessage, string? MaintenanceMessage, bool IsUsable);

/// <summary>Whether a machine is to be in maintenance.</summary>
/// <param name="Order">Id of the order, and of its entry in the status history.</param>
/// <param name="IsOn">True to take it out of service.</param>
/// <param name="Message">Why.</param>
internal sealed record MaintenanceArguments(Guid Order, bool IsOn, string? Message)
{
    public required MachineBefore Before { get; init; }

    public MachineStatus Status => IsOn ? MachineStatus.Maintenance : MachineStatus.Initializing;

    /// <summary>Shows the machine as ordered, until the site has answered. The entry in its history has the order's id unless it says otherwise.</summary>
    public async Task Apply(Db db, string id, DateTime now, CancellationToken ct, Guid? entry = null)
    {
        var statusMessage = IsOn ? MachineMessages.InMaintenance(Message) : MachineMessages.LeavingMaintenance;
        var args = new { id, status = Status.ToString(), statusMessage, message = Message, isOn = IsOn, order = Order, now };
        await db.Execute(Sql.Of<MaintainMachineAtSite>("OrderMaintenance"), args, ct);
        await HardwareModule.MachineHistory.Append(db, entry ?? Order, id, args.status, statusMessage, now, ct);
    }
}

/// <summary>Takes a machine out of service at its site, or puts it back.</summary>
internal sealed class MaintainMachineAtSite(TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        var order = Arguments(call);
        var request = new MaintenanceRequest
        {
            HostId = MachineAtSite.Id(call),
            Operation = order.IsOn ? MaintenanceOperation.Enable : MaintenanceOperation.Disable,
        };
        if (order.Message is { } message)
        {
            request.Reference = message;
        }

        return await call.Core.SetMaintenanceAsync(request, cancellationToken: ct);
    }

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct)
    {
        var order = Arguments(call);
        return await MachineAtSite.AtSite(call, ct) is { } found
            && (order.IsOn ? found.MaintenanceStartTime is not null && found.MaintenanceReference == order.Message : found.MaintenanceStartTime is null)
                ? new SiteReadBack(true, found)
                : new SiteReadBack(false);
    }

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        var order = Arguments(call);
        return call.Db.Execute(
            Sql.Of<MaintainMachineAtSite>("MaintenanceTaken"), new { id = call.Command.ResourceId, order = order.Order, isOn = order.IsOn, now = clock.Now() }, ct);
    }

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        var order = Arguments(call);
        var before = order.Before;
        var args = new
        {
            id = call.Command.ResourceId,
            order = order.Order,
            ordered = order.Status.ToString(),
            status = before.Status.ToString(),
            statusMessage = before.StatusMessage,
            isUsable = before.IsUsable,
            message = before.MaintenanceMessage,
            now = clock.Now(),
        };
        await call.Db.Execute(Sql.Of<MaintainMachineAtSite>("MaintenanceRefused"), args, ct);
        if (refusal.RequestWaits)
        {
            await HardwareModule.MachineHistory.Withdraw(call.Db, order.Order, ct);
        }
        else
        {
            var what = order.IsOn ? "refused maintenance" : "refused to end maintenance";
            await MachineAtSite.RecordRefusal(call, $"The site {what}: {refusal.Reason}", args.now, ct);
        }
    }

    /// <summary>The machine is shown as ordered again, if it is what it was: another order or its site may have changed it since the refusal.</summary>
    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        var order = Arguments(call);
        var machine = await MachineRows.Lock(call.Db, call.Command.ResourceId, ct);
        if (machine is null || machine.IsMissingOnSite || machine.Status != order.Before.Status || machine.MaintenanceMessage != order.Before.MaintenanceMessage)
        {
            throw Problem.Conflict("The machine is no longer what it was when its site refused: order it again");
        }

        await order.Apply(call.Db, machine.Id, clock.Now(), ct, Guid.CreateVersion7());
    }

    private static MaintenanceArguments Arguments(SiteCall call) => MachineAtSite.Arguments<MaintenanceArguments>(call);
}
