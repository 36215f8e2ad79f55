-- An operating system of the tenant, with the sites that keep its image and its newest history.
select system.*,
  coalesce((
    select jsonb_agg(to_jsonb(place) order by place.created, place.site_id)
    from compute.operating_system_site as place
    where place.operating_system_id = system.id
  ), '[]'::jsonb) as sites,
  compute.newest_history('operating-system', system.id::text, @entries) as history
from compute.operating_system_row as system
where system.id = @OperatingSystemId
  and system.tenant_id = @tenantId
