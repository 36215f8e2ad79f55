using Google.Protobuf;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Machines.AtSite;

/// <summary>The instance type that an order is about.</summary>
/// <param name="InstanceTypeId">For a clearing, the one that the machine belonged to.</param>
internal sealed record InstanceTypeArguments(Guid InstanceTypeId);

/// <summary>Takes a machine out of its instance type at its site. That it is in none there, or not there at all, is what was wanted.</summary>
internal sealed class ClearInstanceTypeAtSite(TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => MachineAtSite.InstanceType;

    public override SiteOperation Operation => SiteOperation.Delete;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await call.Core.RemoveMachineInstanceTypeAssociationAsync(
        new RemoveMachineInstanceTypeAssociationRequest { MachineId = call.Command.ResourceId }, cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        new(await MachineAtSite.AtSite(call, ct) is not { HasInstanceTypeId: true });

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => call.Db.Execute(
        "update hardware.machine set report_digest = null, touched = @now where id = @id", new { id = call.Command.ResourceId, now = clock.Now() }, ct);

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        var before = MachineAtSite.Arguments<InstanceTypeArguments>(call).InstanceTypeId;
        await call.Db.Execute(Sql.Of<ClearInstanceTypeAtSite>("ClearingRefused"), new { id = call.Command.ResourceId, before, now = clock.Now() }, ct);
        if (!refusal.RequestWaits)
        {
            await MachineAtSite.RecordRefusal(call, $"The site refused to take the machine out of its instance type: {refusal.Reason}", clock.Now(), ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;
}
