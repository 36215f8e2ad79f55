using Google.Protobuf;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Machines.AtSite;

/// <summary>The labels that a machine is to have.</summary>
/// <param name="Order">Id of the order.</param>
/// <param name="Labels">All of them.</param>
internal sealed record LabelsArguments(Guid Order, Dictionary<string, string> Labels)
{
    /// <summary>Shows the labels as ordered, in the open transaction, until the site has them.</summary>
    public Task Apply(Db db, string machineId, DateTime now, CancellationToken ct) =>
        db.Execute(Sql.Of<LabelMachineAtSite>("OrderLabels"), new { id = machineId, labels = Labels, order = Order, now }, ct);
}

/// <summary>Gives a machine its labels at its site, which keeps the name and the description that it has there.</summary>
internal sealed class LabelMachineAtSite(TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        // The site replaces all of the metadata: what is not sent again is lost.
        var known = (await MachineAtSite.AtSite(call, ct))?.Metadata;
        var name = string.IsNullOrEmpty(known?.Name) ? call.Command.ResourceId : known.Name;
        var request = new MachineMetadataUpdateRequest
        {
            MachineId = MachineAtSite.Id(call),
            Metadata = SiteMetadata.Of(name, known?.Description, Arguments(call).Labels),
        };
        return await call.Core.UpdateMachineMetadataAsync(request, cancellationToken: ct);
    }

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await MachineAtSite.AtSite(call, ct) is { Metadata: { } has } found && !SiteMetadata.HasDrifted(has, has.Name, has.Description, Arguments(call).Labels)
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => Run("LabelsTaken", call, ct);

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        await Run("LabelsRefused", call, ct);
        if (!refusal.RequestWaits)
        {
            await MachineAtSite.RecordRefusal(call, $"The site refused the machine's labels: {refusal.Reason}", clock.Now(), ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => Run("OrderLabels", call, ct);

    private static LabelsArguments Arguments(SiteCall call) => MachineAtSite.Arguments<LabelsArguments>(call);

    private Task<int> Run(string sql, SiteCall call, CancellationToken ct)
    {
        var (order, labels) = Arguments(call);
        return call.Db.Execute(Sql.Of<LabelMachineAtSite>(sql), new { id = call.Command.ResourceId, order, labels, now = clock.Now() }, ct);
    }
}
