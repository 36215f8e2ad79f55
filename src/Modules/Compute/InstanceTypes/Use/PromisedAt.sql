-- How many machines are allocated at each of the sites; no row for none.
select a.site_id, sum(c.constraint_value)::integer
from compute.allocation as a
join compute.allocation_constraint as c on c.allocation_id = a.id
where a.site_id = any(@siteIds)
  and c.resource_type = 'InstanceType'
group by a.site_id
