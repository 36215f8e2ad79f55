-- Where a machine stands in the order in which free ones are drawn: at random, so that a search can begin anywhere.
alter table hardware.machine
  add column draw double precision not null default random();

create index machine_free on hardware.machine (instance_type_id, draw)
  where status = 'Ready' and instance_id is null and is_usable_by_tenant and not is_missing_on_site;

-- Free machines by NVLink domain, to find one that has enough of them.
create index machine_free_in_domain on hardware.machine (instance_type_id, nv_link_domain_id, site_id)
  where status = 'Ready' and instance_id is null and is_usable_by_tenant and not is_missing_on_site;
