using System.Text.Json;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.SiteLink.Resources;

/// <summary>
/// One kind of resource that Nico orders of sites, and the life that all of them share there: taken, changed, refused, missing, gone. What differs
/// from kind to kind is said by the members at the top.
/// Source: spec/60-site-link.md, sections 8.1 and 11.
/// </summary>
public abstract class SiteKind
{
    /// <summary>Most changes of one object that may wait for its site at once.</summary>
    public const int MostChanges = 100;

    /// <summary>The kind, as commands and inventory name it: <c>vpc-prefix</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>
    /// Its table, with its schema. Has the columns id, site_id, status, status_before_deletion, is_missing_on_site, at_site, touched and updated;
    /// with <see cref="Changeable"/> revision and undo; and to be corrected at its site pushes and pushes_since.
    /// </summary>
    public abstract string Table { get; }

    /// <summary>What a person calls one, in the middle of a sentence: <c>VPC prefix</c>.</summary>
    public abstract string Noun { get; }

    /// <summary>The same at the beginning of a sentence.</summary>
    public string Subject => char.ToUpperInvariant(Noun[0]) + Noun[1..];

    /// <summary>The status history of the kind.</summary>
    public abstract StatusHistory History { get; }

    /// <summary>The columns that a change may replace, parted by commas; empty for what is not changed at its site.</summary>
    public virtual string Changeable => "";

    /// <summary>The column of who owns it; names are unique to an owner and a site.</summary>
    public virtual string Owner => "tenant_id";

    /// <summary>The status of one that is being deleted.</summary>
    public virtual string Deleting => nameof(Deleting);

    /// <summary>The column that keeps the status from before a deletion.</summary>
    public virtual string StatusBefore => "status_before_deletion";

    /// <summary>What its deletion is called: <c>delete</c>, or <c>release</c>.</summary>
    public virtual string Verb => "delete";

    /// <summary>Frees what rows took that stay, in the open transaction: their site refused to make them.</summary>
    public virtual Task Free(Db db, IReadOnlyCollection<Guid> ids, CancellationToken ct) => Task.CompletedTask;

    /// <summary>What must be done before rows are removed, in the open transaction.</summary>
    protected virtual Task Removing(Db db, IReadOnlyCollection<Guid> ids, DateTime now, CancellationToken ct) => Free(db, ids, ct);

    /// <summary>What else must be done when an object got back what a refused change had replaced, in the open transaction.</summary>
    protected virtual Task Restored(Db db, Guid id, CancellationToken ct) => Task.CompletedTask;

    /// <summary>True for one that others use by now: it is not removed though its site refused it, nor deleted again.</summary>
    public virtual Task<bool> IsUsed(Db db, Guid id, CancellationToken ct) => Task.FromResult(false);

    /// <summary>The site has the object: its status follows unless it is being deleted, with an entry in the history when that is news.</summary>
    public async Task Taken(Db db, Guid id, string status, string message, DateTime now, CancellationToken ct)
    {
        if (await db.OneOrNone<bool>(Statement("Taken"), new { id, status, now }, ct))
        {
            await History.Append(db, id, status, message, now, ct);
        }
    }

    /// <summary>Sets the status, with an entry in the history, unless the object is being deleted.</summary>
    public async Task Set(Db db, Guid id, string status, string message, DateTime now, CancellationToken ct)
    {
        if (await db.Execute(Statement("SetStatus"), new { id, status, now }, ct) > 0)
        {
            await History.Append(db, id, status, message, now, ct);
        }
    }

    /// <summary>
    /// The site will not make the object: it goes without trace while the request waits, and shows why otherwise. Either way it takes nothing any
    /// more.
    /// </summary>
    public async Task CreationRefused(Db db, Guid id, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        if (refusal.RequestWaits && !await IsUsed(db, id, ct))
        {
            await Remove(db, [id], now, ct);
            return;
        }

        await Free(db, [id], ct);
        await Set(db, id, "Error", $"The site refused the {Noun}: {refusal.Reason}", now, ct);
    }

    /// <summary>The object is being deleted from now on, if it was not before.</summary>
    public async Task BeginDeletion(Db db, Guid id, DateTime now, CancellationToken ct)
    {
        if (await db.Execute(Statement("MarkDeleting"), new { id, now }, ct) > 0)
        {
            await History.Append(db, id, Deleting, $"{Subject} is being {Verb}d", now, ct);
        }
    }

    /// <summary>The site will not remove the object: it is what it was before, and what was changed meanwhile is sent again.</summary>
    public async Task DeletionRefused(Db db, ISiteCommands commands, Guid id, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        if (await db.OneOrNone<string>(Statement("TakeDeletionBack"), new { id, now }, ct) is not { } status)
        {
            return;
        }

        await History.Append(db, id, status, $"The site refused to {Verb} the {Noun}: {refusal.Reason}", now, ct);
        if (Changeable.Length > 0 && await LockChange(db, id, ct) is { Waiting: > 0 } change)
        {
            await commands.EnqueueInBackground(Command(id, change), ct);
        }
    }

    /// <summary>Removes rows with all that hangs on them.</summary>
    public async Task Remove(Db db, IReadOnlyCollection<Guid> ids, DateTime now, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return;
        }

        await Removing(db, ids, now, ct);
        await db.Execute(Statement("Remove"), new { ids }, ct);
        await History.Forget(db, ids.Cast<object>(), ct);
    }

    /// <summary>
    /// Keeps what the caller is about to replace until the site has the change, and gives the command that brings it there; 409 when too many changes
    /// wait already.
    /// </summary>
    public async Task<SiteCommand> BeginChange(Db db, Guid id, CancellationToken ct)
    {
        var change = await db.One<Change>(Statement("BeginChange"), new { id }, ct);
        return change.Waiting <= MostChanges
            ? Command(id, change)
            : throw Problem.Conflict($"The site has not taken the last {MostChanges} changes of {Noun} {id} yet");
    }

    /// <summary>
    /// 409 when another of the owner's at the site has the name, or gets it back should its site refuse its new one. Asked once the name is taken:
    /// <paramref name="isTaken"/> is false when the database did not let the caller have it.
    /// </summary>
    public async Task RequireName(Db db, bool isTaken, Guid id, Guid ownerId, Guid siteId, string name, CancellationToken ct)
    {
        var other = await db.OneOrNone<Guid?>(Statement("HolderOfName"), new { id, ownerId, siteId, name }, ct);
        if (other is not null || !isTaken)
        {
            throw Problem.Conflict(
                $"The {(Owner == "tenant_id" ? "tenant" : "provider")} has {(Noun.StartsWith('i') ? "an" : "a")} {Noun} named '{name}' at this site already", other ?? id);
        }
    }

    /// <summary>The site has the change.</summary>
    public Task ChangeTaken(Db db, SiteCommand command, Guid id, CancellationToken ct) =>
        db.Execute(Statement("EndChange"), new { id, revision = Revision(command) }, ct);

    /// <summary>The site will not have the change: what was before is back, unless a newer change is on its way, which decides then.</summary>
    public async Task ChangeRefused(Db db, ISiteCommands commands, SiteCommand command, Guid id, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        if (await LockChange(db, id, ct) is not { } change)
        {
            return;
        }

        if (change.Waiting > 0 && change.Revision == Revision(command))
        {
            await db.Execute(Statement("Restore"), new { id, now }, ct);
            await Restored(db, id, ct);
            if (change.Waiting > 1)
            {
                // Of several changes that were given up, one may have arrived.
                await commands.EnqueueInBackground(Update(id.ToString(), change.SiteId), ct);
            }
        }

        await History.Append(db, id, change.Status, $"The site refused a change of the {Noun}: {refusal.Reason}", now, ct);
    }

    /// <inheritdoc cref="SiteInventory{TItem}.Absent"/>
    public async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(Statement("Absent"), new { siteId, present, fence }, ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Gone"/>
    public async Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, DateTime now, CancellationToken ct)
    {
        var args = new { siteId, ids = ids.Select(Guid.Parse).ToArray(), fence, now };
        await Remove(db, await db.Many<Guid>(Statement("LockRemovable"), args, ct), now, ct);
        var missing = await db.Many<Guid>(Statement("MarkMissing"), args, ct);
        await History.AppendAll(db, [.. missing.Select(id => new StatusChange(id.ToString(), "Error", $"The {Noun} is missing at its site"))], now, ct);
    }

    /// <summary>Of the reported ids, those that Nico does not have at the site; <paramref name="what"/> each is, for operators.</summary>
    public async Task<IReadOnlyList<Drift>> Foreign(Db db, Guid siteId, IEnumerable<Guid> ids, Func<string, string?> what, CancellationToken ct) =>
    [
        .. (await db.Many<(string Id, Guid? Owner)>(Statement("Foreign"), new { siteId, ids = ids.ToArray() }, ct))
            .Select(found => found.Owner is { } owner ? Drift.Elsewhere(found.Id, owner) : Drift.Unknown(found.Id, what(found.Id))),
    ];

    /// <summary>
    /// Sends what Nico has of these to the site once more, where the site has something else: three times in ten minutes an object. Those that had
    /// that already are drift.
    /// </summary>
    public async Task<IEnumerable<Drift>> Correct(
        Db db, ISiteCommands commands, Guid siteId, IReadOnlyCollection<string> drifted, DateTime fence, DateTime now, CancellationToken ct)
    {
        if (drifted.Count == 0)
        {
            return [];
        }

        var args = new { ids = drifted.Select(Guid.Parse).ToArray(), now, since = now - TimeSpan.FromMinutes(10), fence };
        var pushed = (await db.Many<Guid>(Statement("CountPushes"), args, ct)).Select(id => id.ToString()).ToHashSet();
        foreach (var id in pushed)
        {
            await commands.EnqueueInBackground(Update(id, siteId), ct);
        }

        return drifted.Where(id => !pushed.Contains(id)).Select(id => Drift.Differs(id));
    }

    /// <summary>The site where Nico has the object; null when it has it nowhere.</summary>
    public Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) => db.OneOrNone<Guid?>(Statement("SiteOf"), new { id = Guid.Parse(id) }, ct);

    private Task<Change?> LockChange(Db db, Guid id, CancellationToken ct) => db.OneOrNone<Change>(Statement("LockChange"), new { id }, ct);

    private SiteCommand Command(Guid id, Change change) =>
        Update(id.ToString(), change.SiteId) with { Arguments = JsonSerializer.Serialize(new ChangeArguments(change.Revision)) };

    private SiteCommand Update(string id, Guid siteId) => new() { SiteId = siteId, Kind = Kind, ResourceId = id, Operation = SiteOperation.Update };

    /// <summary>A correction of drift has no revision: it undoes nothing.</summary>
    private static int Revision(SiteCommand command) =>
        command.Arguments is { } arguments ? JsonSerializer.Deserialize<ChangeArguments>(arguments)!.Revision : -1;

    /// <summary>One of the statements that all kinds share, on this kind's table.</summary>
    private string Statement(string name) => Sql.Of<SiteKind>(name)
        .Replace("{table}", Table, StringComparison.Ordinal)
        .Replace("{columns}", Changeable, StringComparison.Ordinal)
        .Replace("{owner}", Owner, StringComparison.Ordinal)
        .Replace("{before}", StatusBefore, StringComparison.Ordinal)
        .Replace("{deleting}", Deleting, StringComparison.Ordinal);

    private sealed record ChangeArguments(int Revision);

    private sealed record Change
    {
        public Guid SiteId { get; init; }

        public string Status { get; init; } = "";

        public int Revision { get; init; }

        public int Waiting { get; init; }
    }
}
