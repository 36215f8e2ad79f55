-- returns the commands that this process carries from now on: due, the first of their lane, nothing open that they come after
with free as (
  select * from unnest(@sites, @slots) as free (site_id, slots)
),
ready as (
  select first.*
  from free
  cross join lateral (
    select c.id, c.unsure or c.state = 'Sending' as unsure
    from sitelink.command c
    where c.site_id = free.site_id
      and c.state in ('Pending', 'Sending')
      and c.due <= statement_timestamp()
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
    order by c.due, c.seq
    limit free.slots
    for update of c skip locked
  ) first
  limit @most
)
update sitelink.command c
set state = 'Sending', attempts = c.attempts + 1, holder = @holder, due = clock_timestamp() + @lease, sent = clock_timestamp()
from ready
where c.id = ready.id
returning c.id, c.site_id, c.kind, c.resource_id, c.operation, c.arguments, c.after_kinds, c.after_ids, c.needs_site, c.attempts, c.strikes, c.repeats, ready.unsure
