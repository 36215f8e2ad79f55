-- Marks the tenants as being put right at the site; those whose turn it is.
update hardware.tenant_site
set repaired = @now
where site_id = @siteId
  and org = any(@orgs)
  and created < @fence
  and (repaired is null or repaired < least(@fence, @before))
returning org
