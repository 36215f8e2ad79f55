using Google.Protobuf;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.OperatingSystems.AtSite;

internal sealed class CreateOsImageAtSite(OsImageAtSite images) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await OsImageAtSite.Row(call, ct) is { } system
        ? await call.Core.CreateOsImageAsync(images.Attributes(system), cancellationToken: ct)
        : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await OsImageAtSite.AtSite(call, ct) is { } found ? new SiteReadBack(true, found) : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is OsImage image)
        {
            await images.Taken(call, image, ct);
        }
    }

    /// <summary>The operating system goes without trace while the request waits, unless somebody was quick to use it, and shows why otherwise.</summary>
    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await OsImageAtSite.Lock(call, ct) is not { } system)
        {
            return;
        }

        if (refusal.RequestWaits && !await OperatingSystemRows.IsInUse(call.Db, system.Id, ct))
        {
            await OperatingSystemRows.Remove(call.Db, [system.Id], ct);
            return;
        }

        await images.Set(call, SiteAssociationStatus.Error, $"The site refused the image: {refusal.Reason}", ct);
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => images.Set(call, SiteAssociationStatus.Syncing, null, ct);
}

internal sealed class UpdateOsImageAtSite(OsImageAtSite images, ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    /// <summary>A site that refused to make the image may take the changed one.</summary>
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await OsImageAtSite.Row(call, ct) is not { } system ? null
        : await OsImageAtSite.IsAtSite(call, ct) ? await call.Core.UpdateOsImageAsync(images.Attributes(system), cancellationToken: ct)
        : await call.Core.CreateOsImageAsync(images.Attributes(system), cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await OsImageAtSite.Row(call, ct) is { } system && await OsImageAtSite.AtSite(call, ct) is { } found && images.IsSame(system, found)
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => images.Taken(call, answer as OsImage, ct);

    /// <summary>What was before is back, unless a newer change is on its way, which decides then.</summary>
    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await OsImageAtSite.Lock(call, ct) is not { } system)
        {
            return;
        }

        var now = clock.Now();
        if (system.Revision == OsImageAtSite.Revision(call))
        {
            await Undo(call, refusal, now, ct);
        }

        if (!refusal.RequestWaits)
        {
            var status = (await OsImageAtSite.Row(call, ct))!.Status;
            await ComputeModule.OperatingSystemHistory.Append(
                call.Db, system.Id, status.ToString(), $"The site refused a change of the image: {refusal.Reason}", now, ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) =>
        throw Problem.Conflict("The operating system has been what it was since the site refused the change: order it again");

    private async Task Undo(SiteCall call, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        var id = OsImageAtSite.Id(call);
        var entries = await call.Db.Many<Guid>(
            "select id from compute.operating_system_change where operating_system_id = @id order by revision", new { id }, ct);
        if (entries.Count == 0)
        {
            return;
        }

        await call.Db.Execute(Sql.Of<OsImageAtSite>("RestoreSite"), new { id, call.Command.SiteId, now }, ct);
        await call.Db.Execute(Sql.Of<OsImageAtSite>("RestoreReplaced"), new { id, now }, ct);
        await OperatingSystemStatuses.Settle(call.Db, [id], now, ct, isSilent: true);
        if (entries.Count > 1)
        {
            // Of several changes that were given up, one may have arrived.
            await commands.EnqueueInBackground(OsImageAtSite.Update(id, call.Command.SiteId, null), ct);
        }
        else if (refusal.RequestWaits)
        {
            await ComputeModule.OperatingSystemHistory.Withdraw(call.Db, entries[0], ct);
        }
    }
}

internal sealed class DeleteOsImageAtSite(OsImageAtSite images, ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        // Of what is deleted again there may be no row any more; the site knows whose the image is.
        var org = (await OsImageAtSite.Row(call, ct))?.Org ?? (await OsImageAtSite.AtSite(call, ct))?.Attributes.TenantOrganizationId;
        return org is null
            ? null
            : await call.Core.DeleteOsImageAsync(
                new DeleteOsImageRequest { Id = new UUID { Value = call.Command.ResourceId }, TenantOrganizationId = org }, cancellationToken: ct);
    }

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => new(await OsImageAtSite.AtSite(call, ct) is null);

    /// <summary>Without an answer the image is not there; with one it goes when the site no longer reports it.</summary>
    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (await OsImageAtSite.Lock(call, ct) is not { } system)
        {
            return;
        }

        if (answer is null)
        {
            await OsImageAtSite.Gone(call.Db, call.Command.SiteId, [system.Id], clock.Now(), ct);
        }
        else
        {
            await images.Taken(call, null, ct);
            await call.Db.Execute(Sql.Of<OsImageAtSite>("DeletionTaken"), new { system.Id, call.Command.SiteId, now = clock.Now() }, ct);
        }
    }

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await OsImageAtSite.Lock(call, ct) is not { } system)
        {
            return;
        }

        var now = clock.Now();
        await call.Db.Execute(Sql.Of<OsImageAtSite>("TakeDeletionBack"), new { system.Id, call.Command.SiteId, now }, ct);
        await OperatingSystemStatuses.Settle(call.Db, [system.Id], now, ct, _ => $"The site refused to delete the image: {refusal.Reason}");
        if (await call.Db.One<bool>(
            "select exists (select 1 from compute.operating_system_change where operating_system_id = @Id)", new { system.Id }, ct))
        {
            // The deletion had made the change pointless that it now waits for again.
            await commands.EnqueueInBackground(OsImageAtSite.Update(system.Id, call.Command.SiteId, system.Revision), ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => images.Set(call, SiteAssociationStatus.Deleting, null, ct);
}
