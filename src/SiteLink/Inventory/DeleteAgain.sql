-- returns the objects that the site reports though it took their deletion long ago, which is opened again: later each time that it does not
-- help, and without arguments, since what was told with the deletion was told once
with undone as (
  select c.id
  from sitelink.command c
  where c.site_id = @siteId
    and c.kind = @kind
    and c.resource_id = any(@present)
    and c.operation = 'Delete'
    and c.state = 'Done'
    and (c.outcome in ('Accepted', 'Found') or c.repeats > 0)
    and c.closed + @pause * power(2, least(c.repeats, 6)) < @fence
    and not exists (
      select from sitelink.command later
      where later.site_id = c.site_id
        and later.kind = c.kind
        and later.resource_id = c.resource_id
        and later.seq > c.seq
    )
  order by c.closed
  limit @most
  for update of c skip locked
)
update sitelink.command c
set state = 'Pending', outcome = null, closed = null, strikes = 0, unsure = true, due = clock_timestamp(), arguments = null, repeats = c.repeats + 1
from undone
where c.id = undone.id
returning c.resource_id
