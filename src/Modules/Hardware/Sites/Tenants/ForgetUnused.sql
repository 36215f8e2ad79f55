-- Ends the tenant's use of the site with its last allocation. Waits for transactions that hold the use.
delete from hardware.tenant_site
where tenant_id = @TenantId
  and site_id = @SiteId
  and allocations = 0
