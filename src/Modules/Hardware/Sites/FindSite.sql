-- A live site in short.
select id, name, org, infrastructure_provider_id, status,
  native_networking, network_security_group, nv_link_partition, flow, image_based_operating_system
from hardware.site
where id = @id
  and deleted is null
