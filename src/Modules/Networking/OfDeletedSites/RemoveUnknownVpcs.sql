-- Forgets some VPCs that the site has and Nico does not; their ids.
delete from networking.unknown_vpc
where (site_id, id) in (
  select site_id, id
  from networking.unknown_vpc
  where site_id = @siteId
  limit @most
)
returning id
