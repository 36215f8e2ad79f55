-- Removes machines that were only ever reported and have been missing since before the time; their ids.
delete from hardware.machine
where id in (
  select id
  from hardware.machine
  where site_id = @siteId
    and is_missing_on_site
    and missing_since < @before
    and instance_id is null
    and instance_type_id is null
    and touched is null
  order by id
  limit 1000
  for update
)
returning id
