-- Of these, the operating systems that were to go and that no site has any more.
select id
from compute.operating_system as system
where id = any(@ids)
  and status = 'Deleting'
  and not exists (select 1 from compute.operating_system_site as site where site.operating_system_id = system.id)
