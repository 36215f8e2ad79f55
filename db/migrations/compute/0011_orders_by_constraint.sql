-- A list of allocations that is ordered by what they give begins at the constraints: they have whose they are, so that one index has them
-- in the list's order. None of it ever changes; "created" is the allocation's.
alter table compute.allocation_constraint
  add column infrastructure_provider_id uuid,
  add column tenant_id uuid;

update compute.allocation_constraint as c
set infrastructure_provider_id = a.infrastructure_provider_id,
    tenant_id = a.tenant_id,
    created = a.created
from compute.allocation as a
where a.id = c.allocation_id;

alter table compute.allocation_constraint
  alter column infrastructure_provider_id set not null,
  alter column tenant_id set not null;

create index allocation_constraint_providers_by_value on compute.allocation_constraint
  (infrastructure_provider_id, constraint_value, created, allocation_id);
create index allocation_constraint_providers_by_type on compute.allocation_constraint
  (infrastructure_provider_id, instance_type_name, created, allocation_id);
create index allocation_constraint_providers_by_block on compute.allocation_constraint
  (infrastructure_provider_id, ip_block_name, created, allocation_id);
create index allocation_constraint_tenants_by_value on compute.allocation_constraint (tenant_id, constraint_value, created, allocation_id);
create index allocation_constraint_tenants_by_type on compute.allocation_constraint (tenant_id, instance_type_name, created, allocation_id);
create index allocation_constraint_tenants_by_block on compute.allocation_constraint (tenant_id, ip_block_name, created, allocation_id);
drop index compute.allocation_constraint_by_type_name;
