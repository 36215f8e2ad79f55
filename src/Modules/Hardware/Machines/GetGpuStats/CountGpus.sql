-- The GPUs of the site's machines by model; a machine can have several entries of one model.
select name, sum(gpus)::integer as gpus, count(*)::integer as machines
from (
  select name, machine_id, sum(count) as gpus
  from hardware.machine_capability
  where type = 'GPU'
  group by name, machine_id
) as part
where machine_id in (select id from hardware.machine where site_id = @siteId)
group by name
order by name
