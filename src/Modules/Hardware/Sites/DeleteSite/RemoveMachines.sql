-- Removes some machines of the site, with their interfaces and capabilities; their ids.
delete from hardware.machine
where id in (
  select id
  from hardware.machine
  where site_id = @siteId
  limit @most
)
returning id
