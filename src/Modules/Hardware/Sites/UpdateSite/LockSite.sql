-- The live site, locked against other changes, with the flag of the tenant's use of it.
select site.id, site.name, site.org, site.infrastructure_provider_id, site.status, site.is_serial_console_enabled, site.native_networking,
  (select used.is_serial_console_ssh_keys_enabled
   from hardware.tenant_site as used
   where used.site_id = site.id
     and used.tenant_id = @tenantId) as is_serial_console_ssh_keys_enabled
from hardware.site
where site.id = @SiteId
  and site.deleted is null
for no key update of site
