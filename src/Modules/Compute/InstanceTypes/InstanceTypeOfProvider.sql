-- An instance type of the provider, locked.
select *
from compute.instance_type_row
where id = @id
  and infrastructure_provider_id = @providerId
for no key update
