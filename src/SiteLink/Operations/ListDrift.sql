-- returns what sites have and Nico does not, or not so, and what became of its removal, in the order in which it can be adopted
select s.site_id, s.kind, s.object_id as id, coalesce(s.reason, 'Unknown') as reason, s.detail, s.owner, s.since,
  removal.state as removal, removal.outcome as removal_outcome, removal.error as removal_error, coalesce(removal.repeats, 0) as removal_repeats
from sitelink.seen s
left join lateral (
  select c.operation, c.state, c.outcome, c.error, c.repeats
  from sitelink.command c
  where c.site_id = s.site_id
    and c.kind = s.kind
    and c.resource_id = s.object_id
  order by c.seq desc
  limit 1
) as removal on removal.operation = 'Delete'
where s.is_drift
  and (@siteId::uuid is null or s.site_id = @siteId)
  and (@kind::text is null or s.kind = @kind)
  and (@id::text is null or s.object_id = @id)
  and (
    @afterSite::uuid is null
    or (s.site_id, coalesce(array_position(@kinds::text[], s.kind), 1000), s.kind, s.object_id)
      > (@afterSite, coalesce(array_position(@kinds::text[], @afterKind::text), 1000), @afterKind, @afterId::text)
  )
order by s.site_id, coalesce(array_position(@kinds::text[], s.kind), 1000), s.kind, s.object_id
limit @pageSize
