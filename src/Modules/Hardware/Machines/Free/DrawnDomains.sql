-- NVLink domains that have enough free machines of the type, the one with the most first, of those that some free machines, drawn from one place of
-- the order on and then from its beginning, are in. A fuller domain is drawn the likelier; where there are few machines, every one is.
with drawn as (
  (
    select nv_link_domain_id
    from hardware.machine
    where site_id = @siteId
      and instance_type_id = @instanceTypeId
      and draw >= @from
      and status = 'Ready'
      and instance_id is null
      and is_usable_by_tenant
      and not is_missing_on_site
      and unknown_instance_id is null
    order by draw
    limit @drawn
  )
  union all
  (
    select nv_link_domain_id
    from hardware.machine
    where site_id = @siteId
      and instance_type_id = @instanceTypeId
      and draw < @from
      and status = 'Ready'
      and instance_id is null
      and is_usable_by_tenant
      and not is_missing_on_site
      and unknown_instance_id is null
    order by draw
    limit @drawn
  )
)
select domain.id
from (select distinct nv_link_domain_id as id from drawn where nv_link_domain_id is not null) as domain
cross join lateral (
  select count(*) as machines
  from hardware.machine
  where site_id = @siteId
    and instance_type_id = @instanceTypeId
    and nv_link_domain_id = domain.id
    and status = 'Ready'
    and instance_id is null
    and is_usable_by_tenant
    and not is_missing_on_site
    and unknown_instance_id is null
) as free
where free.machines >= @count
order by free.machines desc, random()
limit @tried
