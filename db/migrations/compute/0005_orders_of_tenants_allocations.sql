-- The orders of a tenant's list of allocations that have no index yet.
create index allocation_tenants_by_name on compute.allocation (tenant_id, name, created, id);
create index allocation_tenants_by_status on compute.allocation (tenant_id, status, created, id);
create index allocation_tenants_by_updated on compute.allocation (tenant_id, updated, created, id);
create index allocation_tenants_by_site on compute.allocation (tenant_id, site_name, created, id);
