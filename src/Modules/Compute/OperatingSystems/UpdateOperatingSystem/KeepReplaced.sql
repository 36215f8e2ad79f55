-- Keeps what a change replaces, unless too many changes wait for the site already.
insert into compute.operating_system_change
  (id, operating_system_id, revision, tenant_id, name, description, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active,
   deactivation_note, image_url, image_sha, image_auth_type, image_auth_token, image_disk, root_fs_id, root_fs_label, site_status, site_version)
select
  @entry, system.id, system.revision, system.tenant_id, system.name, system.description, system.user_data, system.is_cloud_init,
  system.phone_home_enabled, system.allow_override, system.is_active, system.deactivation_note, system.image_url, system.image_sha,
  system.image_auth_type, system.image_auth_token, system.image_disk, system.root_fs_id, system.root_fs_label, site.status, site.version
from compute.operating_system as system
left join lateral (
  select status, version
  from compute.operating_system_site
  where operating_system_id = system.id
  order by created, site_id
  limit 1
) as site on true
where system.id = @Id
  and (select count(*) from compute.operating_system_change where operating_system_id = @Id) < @most
