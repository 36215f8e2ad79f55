-- Of these, what Nico has, locked; and what it had and removed.
select type.id, type.name, type.site_id, type.status, type.version, type.at_site, type.is_missing_on_site, type.undo is not null as is_changing,
  type.touched, false as is_removed
from compute.instance_type as type
where type.id = any(@ids)
union all
select id, '', null, 'Deleting', '', false, false, false, removed, true
from compute.removed_instance_type
where id = any(@ids)
