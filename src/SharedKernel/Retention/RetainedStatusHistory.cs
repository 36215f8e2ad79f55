using Nico.SharedKernel.Data;

namespace Nico.SharedKernel.Retention;

/// <summary>The status history of a module, of which the newest entry of each resource stays whatever its age.</summary>
public sealed class RetainedStatusHistory(string schema) : IRetained
{
    private readonly string _remove = $"""
        with looked as materialized (
          select id, kind, resource_id, created
          from {schema}.status_history
          where created < @before
            and (created, id) > (@time, @id)
          order by created, id
          limit @most
        )
        , removed as (
          delete from {schema}.status_history as old
          using looked
          where old.id = looked.id
            and exists (
              select 1
              from {schema}.status_history as newer
              where newer.kind = looked.kind
                and newer.resource_id = looked.resource_id
                and (newer.created, newer.id) > (looked.created, looked.id)
            )
          returning old.id
        )
        select
          (select count(*)::integer from looked) as looked,
          (select count(*)::integer from removed) as removed,
          last.created as last_time,
          last.id as last_id
        from (values (1)) as one (row)
        left join lateral (select created, id from looked order by created desc, id desc limit 1) as last on true
        """;

    public string Name => $"{schema}.status_history";

    public TimeSpan Limit(RetentionOptions options) => options.StatusHistory;

    public Task<RetainedBatch> Remove(Db db, DateTime before, RetainedPlace after, int most, CancellationToken ct) =>
        db.One<RetainedBatch>(_remove, new { before, time = after.Time, id = after.Id, most }, ct);
}
