-- Counts one more allocation of the tenant at the site; how many there are now.
insert into hardware.tenant_site as used (site_id, tenant_id, org, allocations, created)
values (@SiteId, @TenantId, @Org, 1, @now)
on conflict (tenant_id, site_id) do update
set allocations = used.allocations + 1
returning allocations
