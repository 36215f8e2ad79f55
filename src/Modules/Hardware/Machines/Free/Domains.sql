-- NVLink domains that have enough free machines of the type, the one with the most first. Looks at all of them.
select nv_link_domain_id
from hardware.machine
where site_id = @siteId
  and instance_type_id = @instanceTypeId
  and nv_link_domain_id is not null
  and status = 'Ready'
  and instance_id is null
  and is_usable_by_tenant
  and not is_missing_on_site
  and unknown_instance_id is null
group by nv_link_domain_id
having count(*) >= @count
order by count(*) desc, random()
limit @tried
