using Google.Protobuf;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Machines.AtSite;

/// <summary>Machines that are to join an instance type.</summary>
internal sealed record AssociationArguments
{
    /// <summary>Id of the order.</summary>
    public Guid Order { get; init; }

    public Guid InstanceTypeId { get; init; }

    public required IReadOnlyList<string> MachineIds { get; init; }

    /// <summary>The instance type that they belonged to before, where there was one.</summary>
    public Guid? Before { get; init; }
}

/// <summary>Has machines join an instance type at their site: one in its own lane, or several, all or none. Source: spec/60-site-link.md, section 6.9.</summary>
internal sealed class AssociateAtSite(ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    /// <summary>Most machines that are told to a site in one call: what controllers allow by default.</summary>
    private const int MostPerCall = 100;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        var order = MachineAtSite.Arguments<AssociationArguments>(call);
        IMessage? answer = null;
        foreach (var machines in order.MachineIds.Chunk(MostPerCall))
        {
            var request = new AssociateMachinesWithInstanceTypeRequest { InstanceTypeId = order.InstanceTypeId.ToString(), MachineIds = { machines } };
            answer = await call.Core.AssociateMachinesWithInstanceTypeAsync(request, cancellationToken: ct);
        }

        return answer;
    }

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct)
    {
        var order = MachineAtSite.Arguments<AssociationArguments>(call);
        foreach (var machines in order.MachineIds.Chunk(MostPerCall))
        {
            var request = new MachinesByIdsRequest { MachineIds = { machines.Select(id => new MachineId { Id = id }) } };
            var found = await call.Core.FindMachinesByIdsAsync(request, cancellationToken: ct);
            if (found.Machines.Count(machine => machine.InstanceTypeId == order.InstanceTypeId.ToString()) < machines.Length)
            {
                return new SiteReadBack(false);
            }
        }

        return new SiteReadBack(true);
    }

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => call.Db.Execute(
        Sql.Of<AssociateAtSite>("AssociationTaken"),
        new { order = MachineAtSite.Arguments<AssociationArguments>(call).Order, now = clock.Now() },
        ct);

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        var order = MachineAtSite.Arguments<AssociationArguments>(call);
        var now = clock.Now();
        await call.Db.Execute(Sql.Of<AssociateAtSite>("AssociationRefused"), new { order = order.Order, before = order.Before, now }, ct);
        foreach (var id in order.MachineIds.Count > MostPerCall ? order.MachineIds : [])
        {
            // An earlier call of the same order may have been taken: all or none.
            await commands.EnqueueInBackground(
                MachineAtSite.Command(
                    call.Command.SiteId, id, MachineAtSite.InstanceType, SiteOperation.Delete, new InstanceTypeArguments(order.InstanceTypeId, order.Order)),
                ct);
        }

        if (!refusal.RequestWaits)
        {
            var statuses = await call.Db.Many<(string Id, string Status)>(
                "select id, status from hardware.machine where id = any(@ids)", new { ids = order.MachineIds.ToArray() }, ct);
            await HardwareModule.MachineHistory.AppendAll(
                call.Db,
                [.. statuses.Select(machine => new StatusChange(machine.Id, machine.Status, $"The site refused the machine's instance type: {refusal.Reason}"))],
                now,
                ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) =>
        throw Problem.Conflict("The machines were put back when their site refused: order it again");
}
