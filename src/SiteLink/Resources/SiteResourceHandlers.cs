using Google.Protobuf;
using Nico.SharedKernel;

namespace Nico.SiteLink.Resources;

/// <summary>Makes a resource at its site.</summary>
internal sealed class CreateAtSite<TRow, TReported>(SiteResource<TRow, TReported> kind, TimeProvider clock) : SiteCommandHandler
    where TRow : class
    where TReported : class, IMessage<TReported>, new()
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) =>
        await kind.Row(call.Db, call.Id, ct) is { } row ? await kind.Create(call.Core, row, ct) : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await kind.Row(call.Db, call.Id, ct) is { } row && await kind.Find(call.Core, call.Command.ResourceId, ct) is { } found && kind.IsOurs(row, found)
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is TReported made)
        {
            var (status, message) = kind.Made(made);
            await kind.Keep(call.Db, call.Id, made, ct);
            await kind.Taken(call.Db, call.Id, status, message, clock.Now(), ct);
        }
    }

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        kind.CreationRefused(call.Db, call.Id, refusal, clock.Now(), ct);

    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        if (await kind.Row(call.Db, call.Id, ct) is { } row)
        {
            await kind.TakeAgain(call.Db, row, ct);
            await kind.Set(call.Db, call.Id, kind.OnItsWay, $"{kind.Subject} is on its way to its site again", clock.Now(), ct);
        }
    }
}

/// <summary>Brings the present state of a resource to its site.</summary>
internal sealed class UpdateAtSite<TRow, TReported>(SiteResource<TRow, TReported> kind, ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
    where TRow : class
    where TReported : class, IMessage<TReported>, new()
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) =>
        await kind.Row(call.Db, call.Id, ct) is { } row ? await kind.Update(call.Core, row, ct) : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await kind.Row(call.Db, call.Id, ct) is { } row && await kind.Find(call.Core, call.Command.ResourceId, ct) is { } found && !kind.Differs(row, found)
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is TReported changed)
        {
            await kind.Keep(call.Db, call.Id, changed, ct);
        }

        await kind.ChangeTaken(call.Db, call.Command, call.Id, ct);
    }

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        kind.ChangeRefused(call.Db, commands, call.Command, call.Id, refusal, clock.Now(), ct);

    /// <summary>What was refused is undone: there is nothing to put back.</summary>
    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>Removes a resource from its site.</summary>
internal sealed class DeleteAtSite<TRow, TReported>(SiteResource<TRow, TReported> kind, ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
    where TRow : class
    where TReported : class, IMessage<TReported>, new()
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) =>
        await kind.Delete(call.Core, call.Command.ResourceId, await kind.Row(call.Db, call.Id, ct), ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await kind.Find(call.Core, call.Command.ResourceId, ct) is not { } found ? new SiteReadBack(true)
        : kind.IsLeaving(found) ? new SiteReadBack(true, found)
        : new SiteReadBack(false);

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => answer is null || kind.IsRemovedAtOnce
        ? kind.Remove(call.Db, [call.Id], clock.Now(), ct)
        : kind.Taken(call.Db, call.Id, kind.Deleting, $"{kind.Subject} is being removed by its site", clock.Now(), ct);

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        kind.DeletionRefused(call.Db, commands, call.Id, refusal, clock.Now(), ct);

    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        if (await kind.IsUsed(call.Db, call.Id, ct))
        {
            throw Problem.Conflict($"The {kind.Noun} is in use again");
        }

        await kind.BeginDeletion(call.Db, call.Id, clock.Now(), ct);
    }
}
