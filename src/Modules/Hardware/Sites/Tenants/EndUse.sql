-- Counts one allocation of the tenant at the site less.
update hardware.tenant_site
set allocations = allocations - 1
where tenant_id = @TenantId
  and site_id = @SiteId
