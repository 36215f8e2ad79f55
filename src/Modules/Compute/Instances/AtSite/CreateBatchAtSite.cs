using Google.Protobuf;
using Nico.Compute.UserData;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.Instances.AtSite;

/// <summary>Has the site make the instances of a batch, all or none, in one call. Source: spec/60-site-link.md, section 6.8.</summary>
internal sealed class CreateBatchAtSite(InstanceAtSite instances, BootTexts texts, TimeProvider clock) : SiteCommandHandler
{
    public override int ExhaustedStatus => 429;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        var rows = await Rows(call, ct);
        if (rows.Count == 0)
        {
            return null;
        }

        var interfaces = (await InstanceAtSite.Interfaces(call, rows, ct)).ToLookup(row => row.InstanceId);
        return await call.Core.AllocateInstancesAsync(
            new BatchInstanceAllocationRequest { InstanceRequests = { rows.Select(row => InstanceAtSite.Allocation(texts, row, interfaces[row.Id])) } },
            cancellationToken: ct);
    }

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct)
    {
        var rows = await Rows(call, ct);
        var found = await call.Core.FindInstancesByIdsAsync(
            new InstancesByIdsRequest { InstanceIds = { rows.Select(row => new InstanceId { Value = row.Id.ToString() }) } }, cancellationToken: ct);
        return rows.Count > 0 && found.Instances.Count == rows.Count ? new SiteReadBack(true, found) : new SiteReadBack(false);
    }

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is null)
        {
            return;
        }

        var now = clock.Now();
        var begun = await call.Db.Many<Guid?>(Sql.Of<CreateBatchAtSite>("BatchTaken"), new { batchId = call.Id, now }, ct);
        await ComputeModule.InstanceHistory.AppendAll(
            call.Db,
            [.. begun.OfType<Guid>().Select(id => new StatusChange(id.ToString(), nameof(InstanceStatus.Provisioning), "Instance is being made by its site"))],
            now,
            ct);
    }

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        Guid[] ids = [.. (await Rows(call, ct)).Select(row => row.Id)];
        if (refusal.RequestWaits)
        {
            await instances.Remove(call.Db, ids, clock.Now(), ct);
            return;
        }

        await instances.Free(call.Db, ids, ct);
        foreach (var id in ids)
        {
            await instances.Set(call.Db, id, nameof(InstanceStatus.Error), $"The site refused the batch: {refusal.Reason}", clock.Now(), ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) =>
        throw Problem.Conflict("The machines and the networks were given back when the site refused the batch: create another");

    private static Task<List<Instance>> Rows(SiteCall call, CancellationToken ct) =>
        call.Db.Many<Instance>(Sql.Of<InstanceAtSite>("InstancesOfBatch"), new { batchId = call.Id }, ct);
}
