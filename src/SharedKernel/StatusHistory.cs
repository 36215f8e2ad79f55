using Nico.SharedKernel.Data;

namespace Nico.SharedKernel;

/// <summary>One recorded transition of a resource's status. Source: spec/00-conventions.md, section 8.6.</summary>
public sealed record StatusDetail
{
    /// <summary>The status that the resource entered.</summary>
    public required string Status { get; init; }

    /// <summary>Why, in words; null when there is nothing to add.</summary>
    public string? Message { get; init; }

    /// <summary>When it was recorded.</summary>
    public DateTime Created { get; init; }

    /// <summary>Same as <see cref="Created"/>: entries are never rewritten.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>A transition to be recorded.</summary>
public sealed record StatusChange(string ResourceId, string Status, string? Message);

/// <summary>
/// The append-only status history of one kind of a module's resources: table <c>SCHEMA.status_history</c> with
/// <c>(id uuid, kind text, resource_id text, status text, message text, created timestamptz)</c> and an index on
/// (kind, resource_id, created desc, id). Without the kind, who may choose an id could reach the history of another resource by it.
/// </summary>
public sealed class StatusHistory(string schema, string kind)
{
    /// <summary>Entries that a get or a list shows.</summary>
    public const int Shown = 20;

    /// <summary>Entries that an update shows.</summary>
    public const int ShownAfterUpdate = 100;

    private readonly string _append = $"""
        insert into {schema}.status_history (id, kind, resource_id, status, message, created)
        values (@id, @kind, @resourceId, @status, @message, @at)
        """;

    private readonly string _appendAll = $"""
        insert into {schema}.status_history (id, kind, resource_id, status, message, created)
        select id, @kind, resource_id, status, message, @at + (number - 1) * interval '1 microsecond'
        from unnest(@ids::uuid[], @resourceIds::text[], @statuses::text[], @messages::text[])
          with ordinality as entry (id, resource_id, status, message, number)
        """;

    private readonly string _page = $"""
        select id, status, message, created, created as updated
        from {schema}.status_history
        where kind = @kind
          and resource_id = @resourceId
        """;

    private readonly string _withdraw = $"delete from {schema}.status_history where id = @id";

    private readonly string _forget = $"delete from {schema}.status_history where kind = @kind and resource_id = any(@resourceIds)";

    /// <summary>Records that <paramref name="resourceId"/> entered <paramref name="status"/>.</summary>
    public Task Append(Db db, object resourceId, string status, string? message, DateTime at, CancellationToken ct) =>
        Append(db, Guid.CreateVersion7(), resourceId, status, message, at, ct);

    /// <summary>The same under an id of the caller's, by which it can be withdrawn.</summary>
    public Task Append(Db db, Guid id, object resourceId, string status, string? message, DateTime at, CancellationToken ct) =>
        db.Execute(_append, new { id, kind, resourceId = resourceId.ToString(), status, message, at }, ct);

    /// <summary>Takes an entry back: what it tells of was undone without trace.</summary>
    public Task Withdraw(Db db, Guid id, CancellationToken ct) => db.Execute(_withdraw, new { id }, ct);

    /// <summary>Records the transitions of many resources, in one statement; those of one resource stay in their order.</summary>
    public Task AppendAll(Db db, IReadOnlyCollection<StatusChange> changes, DateTime at, CancellationToken ct) => changes.Count == 0
        ? Task.CompletedTask
        : db.Execute(
            _appendAll,
            new
            {
                kind,
                ids = changes.Select(_ => Guid.CreateVersion7()).ToArray(),
                resourceIds = changes.Select(change => change.ResourceId).ToArray(),
                statuses = changes.Select(change => change.Status).ToArray(),
                messages = changes.Select(change => change.Message).ToArray(),
                at,
            },
            ct);

    /// <summary>One page of a resource's history.</summary>
    public async Task<Lists.Page<StatusDetail>> Page(Db db, object resourceId, Lists.ListQuery list, CancellationToken ct)
    {
        var page = await db.Page<PageRow>(_page, new { kind, resourceId = resourceId.ToString() }, list.Page(), list.SqlOrder(), ct);
        return page.Select(row => new StatusDetail { Status = row.Status, Message = row.Message, Created = row.Created, Updated = row.Updated });
    }

    /// <summary>Removes the history of resources that are gone for good.</summary>
    public Task Forget(Db db, IEnumerable<object> resourceIds, CancellationToken ct) =>
        db.Execute(_forget, new { kind, resourceIds = resourceIds.Select(id => id.ToString()).ToArray() }, ct);

    private sealed record PageRow
    {
        public Guid Id { get; init; }

        public required string Status { get; init; }

        public string? Message { get; init; }

        public DateTime Created { get; init; }

        public DateTime Updated { get; init; }
    }
}
