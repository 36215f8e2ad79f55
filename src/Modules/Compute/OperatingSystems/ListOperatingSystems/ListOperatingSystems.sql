-- The tenant's operating systems. Those that are booted by script are usable at every site.
select
  id, name, description, tenant_id, type, ipxe_script, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active,
  deactivation_note, version, status, created, updated
from compute.operating_system
where tenant_id = @tenantId
  and (cardinality(@siteIds) = 0 or type = 'iPXE')
  and (cardinality(@types) = 0 or type = any(@types))
  and (cardinality(@statuses) = 0 or status = any(@statuses))
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
