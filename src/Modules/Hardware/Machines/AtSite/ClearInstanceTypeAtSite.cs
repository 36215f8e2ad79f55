using Google.Protobuf;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Machines.AtSite;

/// <summary>A machine that is to leave its instance type.</summary>
/// <param name="InstanceTypeId">The one that it belonged to.</param>
/// <param name="Order">Id of the order.</param>
internal sealed record InstanceTypeArguments(Guid InstanceTypeId, Guid Order);

/// <summary>Takes a machine out of its instance type at its site. That it is in none there, or not there at all, is what was wanted.</summary>
internal sealed class ClearInstanceTypeAtSite(TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await call.Core.RemoveMachineInstanceTypeAssociationAsync(
        new RemoveMachineInstanceTypeAssociationRequest { MachineId = call.Command.ResourceId }, cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        new(await MachineAtSite.AtSite(call, ct) is not { HasInstanceTypeId: true });

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => call.Db.Execute(
        Sql.Of<ClearInstanceTypeAtSite>("AssociationTaken"),
        new { order = MachineAtSite.Arguments<InstanceTypeArguments>(call).Order, now = clock.Now() },
        ct);

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        var (before, order) = MachineAtSite.Arguments<InstanceTypeArguments>(call);
        await call.Db.Execute(
            Sql.Of<ClearInstanceTypeAtSite>("ClearingRefused"),
            new { id = call.Command.ResourceId, before, order, associationId = Guid.CreateVersion7(), now = clock.Now() },
            ct);
        if (!refusal.RequestWaits)
        {
            await MachineAtSite.RecordRefusal(call, $"The site refused to take the machine out of its instance type: {refusal.Reason}", clock.Now(), ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;
}
