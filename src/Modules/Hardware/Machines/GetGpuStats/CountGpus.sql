-- The GPUs of the site's machines by model.
select part.name, sum(part.count)::integer as gpus, count(distinct part.machine_id)::integer as machines
from hardware.machine_capability as part
join hardware.machine on machine.id = part.machine_id
where machine.site_id = @siteId
  and part.type = 'GPU'
group by part.name
order by part.name
