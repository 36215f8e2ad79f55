-- Free machines of the type in one NVLink domain, locked in the order in which reports lock them. Whether one has InfiniBand is
-- written so that it is asked of that machine: "exists" is answered by reading all machines that have it.
select id, infrastructure_provider_id, nv_link_domain_id,
  (select true from hardware.machine_capability where machine_id = machine.id and type = 'InfiniBand' limit 1) is true as has_infini_band
from hardware.machine
where site_id = @siteId
  and instance_type_id = @instanceTypeId
  and nv_link_domain_id = @domain
  and status = 'Ready'
  and instance_id is null
  and is_usable_by_tenant
  and not is_missing_on_site
  and unknown_instance_id is null
order by id
limit @most
for no key update
