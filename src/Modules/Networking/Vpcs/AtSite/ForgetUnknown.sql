-- Forgets VPCs that the site no longer reports.
delete from networking.unknown_vpc
where site_id = @siteId
  and not (id::text = any(@present))
