-- returns what was applied as it is reported now, or could not be, so lately that it may be left out, and was not touched by a command since. Each object
-- has a time of its own, by its id, at which it is compared again in every @full milliseconds: so every round compares some
select s.object_id as id, s.hash
from sitelink.seen s
where s.site_id = @siteId
  and s.kind = @kind
  and s.object_id = any(@ids)
  and (not s.is_drift or s.reason in ('LeftOut', 'Failed', 'Unreadable'))
  and s.applied > @stirred
  and s.applied >= @fence - ((hashtext(s.object_id)::bigint & 2147483647) + @fenceMilliseconds) % @full * interval '1 millisecond'
  and not exists (
    select from sitelink.command c
    where c.site_id = s.site_id
      and c.resource_id = s.object_id
      and (c.kind = s.kind or c.kind like s.kind || '/%')
      and (c.closed is null or c.closed >= s.applied - @skew)
  )
