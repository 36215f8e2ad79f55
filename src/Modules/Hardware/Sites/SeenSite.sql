-- A live site, with the flag of the tenant's use of it, if the tenant uses it.
select site.id, site.name, site.description, site.org, site.infrastructure_provider_id, site.status, site.unread,
  site.registration_token, site.registration_token_expiration,
  site.serial_console_hostname, site.is_serial_console_enabled, site.serial_console_idle_timeout, site.serial_console_max_session_length,
  site.location, site.contact,
  site.native_networking, site.network_security_group, site.nv_link_partition, site.flow, site.image_based_operating_system,
  site.created, site.updated, used.is_serial_console_ssh_keys_enabled,
  hardware.newest_history('site', site.id::text, @entries) as history
from hardware.site
left join hardware.tenant_site as used on used.site_id = site.id and used.tenant_id = @tenantId
where site.id = @siteId
  and site.deleted is null
