-- Puts back what refused changes had replaced.
with undone as (
  delete from compute.operating_system_change
  where operating_system_id = @id
  returning *
), before as (
  select *
  from undone
  order by revision
  limit 1
)
update compute.operating_system as now
set name = before.name,
    description = before.description,
    user_data = before.user_data,
    is_cloud_init = before.is_cloud_init,
    phone_home_enabled = before.phone_home_enabled,
    allow_override = before.allow_override,
    is_active = before.is_active,
    deactivation_note = before.deactivation_note,
    image_url = before.image_url,
    image_sha = before.image_sha,
    image_auth_type = before.image_auth_type,
    image_auth_token = before.image_auth_token,
    image_disk = before.image_disk,
    root_fs_id = before.root_fs_id,
    root_fs_label = before.root_fs_label,
    updated = @now
from before
where now.id = @id
