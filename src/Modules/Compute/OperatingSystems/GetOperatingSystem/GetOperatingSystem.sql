-- An operating system of the tenant, with the sites that keep its image and its newest history.
select system.*, compute.sites_of(system.id) as sites,
  compute.newest_history('operating-system', system.id::text, @entries) as history
from compute.operating_system_row as system
where system.id = @OperatingSystemId
  and system.tenant_id = @tenantId
