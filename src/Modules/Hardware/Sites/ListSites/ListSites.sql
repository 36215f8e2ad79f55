-- The live sites that the caller sees, with the flag of its tenant's use.
select site.id, site.name, site.description, site.org, site.infrastructure_provider_id, site.status, site.unread,
  site.registration_token, site.registration_token_expiration,
  site.serial_console_hostname, site.is_serial_console_enabled, site.serial_console_idle_timeout, site.serial_console_max_session_length,
  site.location, site.contact,
  site.native_networking, site.network_security_group, site.nv_link_partition, site.flow, site.image_based_operating_system,
  site.created, site.updated, used.is_serial_console_ssh_keys_enabled,
  hardware.newest_history('site', site.id::text, @entries) as history
from hardware.site
left join hardware.tenant_site as used on used.site_id = site.id and used.tenant_id = @tenantId
where site.deleted is null
  and (
    site.infrastructure_provider_id = @Own
    or (site.infrastructure_provider_id = any(@Providers) and site.id <> all(@Except))
    or site.id = any(@Also)
    or used.site_id is not null
  )
  and (@statuses::text[] is null or site.status = any(@statuses))
  and (@nativeNetworking::boolean is null or site.native_networking = @nativeNetworking)
  and (@networkSecurityGroup::boolean is null or site.network_security_group = @networkSecurityGroup)
  and (@nvLinkPartition::boolean is null or site.nv_link_partition = @nvLinkPartition)
  and (@flow::boolean is null or site.flow = @flow)
  and (@Words::text is null or to_tsvector('english', site.search_text) @@ to_tsquery('english', @Words) or site.search_text ilike @Like)
