-- An allocation that the provider gave, with its constraint; locked.
select
  a.id, a.name, a.description, a.infrastructure_provider_id, a.tenant_id, a.site_id, a.site_name, a.tenant_org_display_name, a.status, a.created,
  a.updated, c.id as constraint_id, c.resource_type, c.resource_type_id, c.constraint_type, c.constraint_value, c.derived_resource_id,
  c.instance_type_name, c.ip_block_name, c.created as constraint_created, c.updated as constraint_updated
from compute.allocation as a
join compute.allocation_constraint as c on c.allocation_id = a.id
where a.id = @id
  and a.infrastructure_provider_id = @providerId
for update of a
