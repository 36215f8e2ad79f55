using Nico.Networking.Carving;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.AtSite;

/// <summary>
/// The life that VPCs, VPC prefixes and subnets share at their site, whatever they are: taken, refused, missing, gone.
/// <paramref name="table"/> has the columns id, site_id, status, status_before_deletion, is_missing_on_site, at_site, touched, updated.
/// Source: spec/60-site-link.md, sections 8.1 and 11.
/// </summary>
internal sealed class SiteObjects(string table, string kind, string name)
{
    private readonly StatusHistory _history = NetworkingModule.History(kind);

    private readonly string _taken = $"""
        -- The object is at the site; its status follows unless it is being deleted. The id when the status changed.
        with was as (
          select id, status
          from {table}
          where id = @id
          for no key update
        )
        update {table} as now
        set status = case when was.status = 'Deleting' then was.status else @status end,
            at_site = true,
            is_missing_on_site = false,
            touched = clock_timestamp(),
            updated = @now
        from was
        where now.id = was.id
        returning was.status not in ('Deleting', @status)
        """;

    private readonly string _set = $"""
        -- Sets the status; the number of rows.
        update {table}
        set status = @status,
            touched = clock_timestamp(),
            updated = @now
        where id = @id
        """;

    private readonly string _restore = $"""
        -- Takes a deletion back; the status from before.
        update {table}
        set status = coalesce(status_before_deletion, status),
            status_before_deletion = null,
            touched = clock_timestamp(),
            updated = @now
        where id = @id
          and status = 'Deleting'
        returning status
        """;

    private readonly string _delete = $"""
        -- Marks the object as being deleted again.
        update {table}
        set status_before_deletion = status,
            status = 'Deleting',
            touched = clock_timestamp(),
            updated = @now
        where id = @id
          and status <> 'Deleting'
        """;

    private readonly string _absent = $"""
        -- What the site took and does not report.
        select row.id::text as id, row.status = 'Deleting' as deleting
        from {table} as row
        left join unnest(@present::text[]) as present (id) on present.id = row.id::text
        where row.site_id = @siteId
          and present.id is null
          and row.at_site
          and row.touched < @fence
          and (row.status = 'Deleting' or not row.is_missing_on_site)
        """;

    private readonly string _removable = $"""
        -- Of these, the ones that were to go and have gone, locked.
        select id
        from {table}
        where id = any(@ids)
          and site_id = @siteId
          and status = 'Deleting'
          and touched < @fence
        order by id
        for update
        """;

    private readonly string _missing = $"""
        -- Of these, the ones that should be there are missing; their ids.
        update {table}
        set is_missing_on_site = true,
            status = 'Error',
            updated = @now
        where id = any(@ids)
          and site_id = @siteId
          and status <> 'Deleting'
          and touched < @fence
          and not is_missing_on_site
        returning id
        """;

    private readonly string _foreign = $"""
        -- Of these, the ones that Nico does not have at the site, and the site where it has them.
        select reported.id::text, row.site_id
        from unnest(@ids::uuid[]) as reported (id)
        left join {table} as row on row.id = reported.id
        where row.site_id is distinct from @siteId
        """;

    private readonly string _siteOf = $"select site_id from {table} where id = @id";

    private readonly string _remove = $"delete from {table} where id = any(@ids)";

    /// <summary>The site has the object.</summary>
    public async Task Taken(Db db, Guid id, string status, string message, DateTime now, CancellationToken ct)
    {
        if (await db.OneOrNone<bool>(_taken, new { id, status, now }, ct))
        {
            await _history.Append(db, id, status, message, now, ct);
        }
    }

    /// <summary>
    /// The site will not make the object: it goes without trace while the request waits, and shows why otherwise. Either way its
    /// addresses are free again.
    /// </summary>
    public async Task CreationRefused(SiteCall call, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        var id = Guid.Parse(call.Command.ResourceId);
        if (refusal.RequestWaits)
        {
            await Remove(call.Db, [id], ct);
            return;
        }

        await new Carver(call.Db).Release(kind, id, ct);
        await Set(call.Db, id, "Error", $"The site refused the {name}: {refusal.Reason}", now, ct);
    }

    /// <summary>The site will not remove the object: it is what it was before.</summary>
    public async Task DeletionRefused(SiteCall call, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        var id = Guid.Parse(call.Command.ResourceId);
        if (await call.Db.OneOrNone<string>(_restore, new { id, now }, ct) is { } status)
        {
            await _history.Append(call.Db, id, status, $"The site refused to delete the {name}: {refusal.Reason}", now, ct);
        }
    }

    /// <summary>Sets the status, with an entry in the history.</summary>
    public async Task Set(Db db, Guid id, string status, string message, DateTime now, CancellationToken ct)
    {
        if (await db.Execute(_set, new { id, status, now }, ct) > 0)
        {
            await _history.Append(db, id, status, message, now, ct);
        }
    }

    /// <summary>An operator has the deletion tried again.</summary>
    public async Task DeletionRetried(SiteCall call, DateTime now, CancellationToken ct)
    {
        var id = Guid.Parse(call.Command.ResourceId);
        if (await call.Db.Execute(_delete, new { id, now }, ct) > 0)
        {
            await _history.Append(call.Db, id, "Deleting", $"The {name} is being deleted", now, ct);
        }
    }

    /// <summary>
    /// The site's answer to a deletion: null when the object is not there (any more), else the object is on its way out and goes
    /// when the site no longer reports it.
    /// </summary>
    public async Task DeletionTaken(SiteCall call, bool isThere, DateTime now, CancellationToken ct)
    {
        var id = Guid.Parse(call.Command.ResourceId);
        if (isThere)
        {
            await call.Db.OneOrNone<bool>(_taken, new { id, status = "Deleting", now }, ct);
        }
        else
        {
            await Remove(call.Db, [id], ct);
        }
    }

    /// <summary>Removes the rows with all that hangs on them; their addresses are free again.</summary>
    public async Task Remove(Db db, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return;
        }

        await new Carver(db).Release(kind, ids, ct);
        await db.Execute(_remove, new { ids }, ct);
        await _history.Forget(db, ids.Cast<object>(), ct);
    }

    /// <inheritdoc cref="SiteInventory{TItem}.Absent"/>
    public async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(_absent, new { siteId, present, fence }, ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Gone"/>
    public async Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, DateTime now, CancellationToken ct)
    {
        var args = new { siteId, ids = ids.Select(Guid.Parse).ToArray(), fence, now };
        await Remove(db, await db.Many<Guid>(_removable, args, ct), ct);
        var missing = await db.Many<Guid>(_missing, args, ct);
        await _history.AppendAll(
            db, [.. missing.Select(id => new StatusChange(id.ToString(), "Error", $"The {name} is missing at its site"))], now, ct);
    }

    /// <summary>Of the reported ids, those that Nico does not have at the site; <paramref name="what"/> each is, for operators.</summary>
    public async Task<IReadOnlyList<Drift>> Foreign(Db db, Guid siteId, IEnumerable<Guid> ids, Func<string, string?> what, CancellationToken ct) =>
    [
        .. (await db.Many<(string Id, Guid? Owner)>(_foreign, new { siteId, ids = ids.ToArray() }, ct))
            .Select(found => found.Owner is { } owner ? Drift.Elsewhere(found.Id, owner) : Drift.Unknown(found.Id, what(found.Id))),
    ];

    /// <summary>The site where Nico has the object; null when it has it nowhere.</summary>
    public Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) => db.OneOrNone<Guid?>(_siteOf, new { id = Guid.Parse(id) }, ct);
}
