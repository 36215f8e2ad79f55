using System.Text.Json;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.AtSite;

/// <summary>
/// Changes of what a tenant calls its VPCs and VPC prefixes, on their way to the site: a refused one is undone, and a name stays
/// spoken for until it is certain that nobody gets it back. <paramref name="table"/> has the columns id, tenant_id, site_id, name, status,
/// revision, undo, touched, updated, and with <paramref name="isDescribed"/> description and labels.
/// </summary>
internal sealed class SiteChanges(string table, string kind, string name, bool isDescribed)
{
    private readonly StatusHistory _history = NetworkingModule.History(kind);

    private readonly string _holder = $$"""
        -- Another of the tenant's at the site that may get the name back.
        select id
        from {{table}}
        where tenant_id = @tenantId
          and site_id = @siteId
          and id <> @id
          and undo @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('name', @wanted::text)))
        limit 1
        """;

    private readonly string _lock = $"""
        -- What of it is on its way to the site, locked.
        select id, site_id, status, revision, undo
        from {table}
        where id = @id
        for update
        """;

    private readonly string _keep = $"""
        -- The site has a change; what is left to be undone belongs to newer ones.
        update {table}
        set undo = @undo,
            touched = clock_timestamp()
        where id = @id
        """;

    private readonly string _restore = $"""
        -- Puts back what refused changes had replaced.
        update {table}
        set name = @Name,
            {(isDescribed ? "description = @Description, labels = @Labels," : "")}
            undo = null,
            touched = clock_timestamp(),
            updated = @now
        where id = @id
        """;

    /// <summary>409 when another of the tenant's at the site gets the name back should the site refuse its new one. Asked once the name is taken.</summary>
    public async Task RequireNotPromised(Db db, Guid id, Guid tenantId, Guid siteId, string wanted, CancellationToken ct)
    {
        if (await db.OneOrNone<Guid?>(_holder, new { id, tenantId, siteId, wanted }, ct) is { } other)
        {
            throw Problem.Conflict($"The tenant has a {name} named '{wanted}' at this site already", other);
        }
    }

    /// <summary>What is to be undone when <paramref name="replaced"/> is changed once more; 409 when too many changes wait already.</summary>
    public Undo Undoing(Guid id, Undo? undo, Replaced replaced) => undo?.Steps.Count >= Undo.Most
        ? throw Problem.Conflict($"The site has not taken the last {Undo.Most} changes of {name} {id} yet")
        : new Undo { Steps = [.. undo?.Steps ?? [], replaced] };

    /// <summary>The command that brings the change of this revision to the site.</summary>
    public SiteCommand Command(Guid id, Guid siteId, int revision) => new()
    {
        SiteId = siteId,
        Kind = kind,
        ResourceId = id.ToString(),
        Operation = SiteOperation.Update,
        Arguments = JsonSerializer.Serialize(new Change(revision)),
    };

    /// <summary>The site has the change.</summary>
    public async Task Taken(SiteCall call, DateTime now, CancellationToken ct)
    {
        if (await Lock(call, ct) is { } row)
        {
            await call.Db.Execute(_keep, new { row.Id, undo = row.Undo?.Without(Revision(call)), now }, ct);
        }
    }

    /// <summary>The site will not have the change: what was before is back, unless a newer change is on its way, which decides then.</summary>
    public async Task Refused(SiteCall call, ISiteCommands commands, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        if (await Lock(call, ct) is not { } row)
        {
            return;
        }

        if (row.Undo is { } undo && row.Revision == Revision(call))
        {
            var before = undo.Steps[0];
            await call.Db.Execute(_restore, new { row.Id, before.Name, before.Description, before.Labels, now }, ct);
            if (undo.Steps.Count > 1)
            {
                // Of several changes that were given up, one may have arrived.
                await commands.EnqueueInBackground(Push(row), ct);
            }
        }

        await _history.Append(
            call.Db, row.Id, row.Status, $"The site refused a change of the {name}: {refusal.Reason}", now, ct);
    }

    /// <summary>Sends again what a deletion that was refused had made pointless.</summary>
    public async Task Resume(SiteCall call, ISiteCommands commands, CancellationToken ct)
    {
        if (await Lock(call, ct) is { Undo: not null } row)
        {
            await commands.EnqueueInBackground(Command(row.Id, row.SiteId, row.Revision), ct);
        }
    }

    private SiteCommand Push(Row row) => Command(row.Id, row.SiteId, row.Revision) with { Arguments = null };

    private Task<Row?> Lock(SiteCall call, CancellationToken ct) => call.Db.OneOrNone<Row>(_lock, new { id = Guid.Parse(call.Command.ResourceId) }, ct);

    /// <summary>A correction of drift has no revision: it undoes nothing.</summary>
    private static int Revision(SiteCall call) =>
        call.Command.Arguments is { } arguments ? JsonSerializer.Deserialize<Change>(arguments)!.Revision : -1;

    private sealed record Change(int Revision);

    private sealed record Row
    {
        public Guid Id { get; init; }

        public Guid SiteId { get; init; }

        public required string Status { get; init; }

        public int Revision { get; init; }

        public Undo? Undo { get; init; }
    }
}

/// <summary>What changes replaced, until the site has taken them.</summary>
internal sealed record Undo
{
    /// <summary>Most changes that may wait for the site at once.</summary>
    public const int Most = 100;

    /// <summary>Oldest first; the first is what the site has.</summary>
    public required IReadOnlyList<Replaced> Steps { get; init; }

    /// <summary>What is left to be undone once the site has taken <paramref name="revision"/>; null for nothing.</summary>
    public Undo? Without(int revision) => Steps.Where(step => step.Revision >= revision).ToArray() is { Length: > 0 } left ? new() { Steps = left } : null;
}

/// <summary>What one change replaced.</summary>
internal sealed record Replaced
{
    /// <summary>The revision that had these values.</summary>
    public int Revision { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public Dictionary<string, string>? Labels { get; init; }
}
