-- returns nothing; at most @most accounts differ from their default at the site no longer
update identity.tenant_account
set switched_sites = array_remove(switched_sites, @siteId)
where id in (
  select id
  from identity.tenant_account
  where switched_sites @> array[@siteId]
  limit @most
  for update
)
