-- The GPUs of the sites' machines by site and model; a machine can have several entries of one model.
select machine.site_id, part.name, coalesce(sum(part.count), 0)::integer as gpus, count(distinct machine.id)::integer as machines
from hardware.machine
join hardware.machine_capability as part on part.machine_id = machine.id and part.type = 'GPU'
where machine.site_id = any(@siteIds)
group by machine.site_id, part.name
order by machine.site_id, part.name
