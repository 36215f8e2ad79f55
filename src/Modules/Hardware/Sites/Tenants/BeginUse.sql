-- Counts one more allocation of the tenant at the site; how many there are now. No row when the site is deleted, or is being so.
insert into hardware.tenant_site as used (site_id, tenant_id, org, allocations, created)
select site.id, @TenantId, @Org, 1, @now
from (
  select id
  from hardware.site
  where id = @SiteId
    and deleted is null
  for key share
) as site
on conflict (tenant_id, site_id) do update
set allocations = used.allocations + 1
returning allocations
