-- returns the command that the request itself carries, if it is the first of its lane and nothing is open that it comes after
with ready as (
  select c.id
  from sitelink.command c
  where c.id = @id
    and c.state = 'Pending'
    and c.attempts = 0
    and not exists (
      select from sitelink.command lane
      where lane.site_id = c.site_id
        and lane.kind = c.kind
        and lane.resource_id = c.resource_id
        and lane.state in ('Pending', 'Sending')
        and (lane.seq < c.seq or (lane.state = 'Sending' and lane.id <> c.id))
    )
    and not exists (
      select from unnest(c.after_kinds, c.after_ids) as after (kind, resource_id)
      join sitelink.command earlier
        on earlier.site_id = c.site_id
        and earlier.kind = after.kind
        and earlier.resource_id = after.resource_id
      where earlier.state in ('Pending', 'Sending')
        and earlier.seq < c.seq
    )
  for update of c skip locked
)
update sitelink.command c
set state = 'Sending', attempts = c.attempts + 1, holder = @holder, due = clock_timestamp() + @lease, sent = clock_timestamp()
from ready
where c.id = ready.id
returning c.id, c.site_id, c.kind, c.resource_id, c.operation, c.arguments, c.after_kinds, c.after_ids, c.needs_site, c.attempts, c.strikes, c.repeats, c.unsure
