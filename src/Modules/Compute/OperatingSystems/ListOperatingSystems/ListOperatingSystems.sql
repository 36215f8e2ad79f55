-- The tenant's operating systems. With sites: what has its image at one of them, and what is bound to no site, as everything booted by script.
select
  id, name, description, tenant_id, type, ipxe_script, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active,
  deactivation_note, version, status, image_url, image_sha, image_auth_type, image_disk, root_fs_id, root_fs_label, created, updated
from compute.operating_system as system
where tenant_id = @tenantId
  and (
    cardinality(@siteIds) = 0
    or not exists (select 1 from compute.operating_system_site as site where site.operating_system_id = system.id)
    or exists (select 1 from compute.operating_system_site as site where site.operating_system_id = system.id and site.site_id = any(@siteIds))
  )
  and (cardinality(@types) = 0 or type = any(@types))
  and (cardinality(@statuses) = 0 or status = any(@statuses))
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
