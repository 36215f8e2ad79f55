create extension if not exists pg_trgm;

create schema compute;

create table compute.status_history (
  id uuid primary key,
  resource_id text not null,
  status text not null,
  message text,
  created timestamptz not null
);

create index status_history_newest on compute.status_history (resource_id, created desc, id desc);

-- What a provider gives to a tenant at a site. The names are copies of what other modules own, kept for ordering.
create table compute.allocation (
  id uuid primary key,
  name text not null,
  description text,
  infrastructure_provider_id uuid not null,
  tenant_id uuid not null,
  site_id uuid not null,
  site_name text not null,
  tenant_org_display_name text,
  status text not null check (status in ('Pending', 'Registered', 'Deleting', 'Error')),
  search text generated always as (name || E'\n' || coalesce(description, '') || E'\n' || status) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

create unique index allocation_name on compute.allocation (tenant_id, site_id, name);
create index allocation_providers on compute.allocation (infrastructure_provider_id, created, id);
create index allocation_providers_by_name on compute.allocation (infrastructure_provider_id, name, created, id);
create index allocation_providers_by_status on compute.allocation (infrastructure_provider_id, status, created, id);
create index allocation_providers_by_updated on compute.allocation (infrastructure_provider_id, updated, created, id);
create index allocation_providers_by_site on compute.allocation (infrastructure_provider_id, site_name, created, id);
create index allocation_providers_by_tenant on compute.allocation (infrastructure_provider_id, tenant_org_display_name, created, id);
create index allocation_tenants on compute.allocation (tenant_id, created, id);
create index allocation_words on compute.allocation using gin (to_tsvector('english', search));
create index allocation_parts on compute.allocation using gin (search gin_trgm_ops);

-- How much of what: a number of machines of a type, or a prefix of a length. Each allocation has one.
create table compute.allocation_constraint (
  id uuid primary key,
  allocation_id uuid not null references compute.allocation,
  resource_type text not null check (resource_type in ('InstanceType', 'IPBlock')),
  resource_type_id uuid not null,
  constraint_type text not null check (constraint_type in ('Reserved', 'OnDemand', 'Preemptible')),
  constraint_value integer not null check (constraint_value > 0),
  derived_resource_id uuid,
  instance_type_name text,
  ip_block_name text,
  created timestamptz not null,
  updated timestamptz not null
);

create unique index allocation_constraint_allocation on compute.allocation_constraint (allocation_id);
create index allocation_constraint_resource on compute.allocation_constraint (resource_type, resource_type_id);
create index allocation_constraint_derived on compute.allocation_constraint (derived_resource_id);
