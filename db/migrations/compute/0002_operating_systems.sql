-- A tenant's definition of what its instances boot.
create table compute.operating_system (
  id uuid primary key,
  name text not null,
  description text,
  tenant_id uuid not null,
  type text not null check (type in ('iPXE', 'Image')),
  ipxe_script text,
  user_data text,
  is_cloud_init boolean not null,
  phone_home_enabled boolean not null,
  allow_override boolean not null,
  is_active boolean not null,
  deactivation_note text,
  version text,
  status text not null check (status in ('Pending', 'Provisioning', 'Syncing', 'Ready', 'Deleting', 'Error', 'Deactivated')),
  search text generated always as (name || E'\n' || coalesce(description, '') || E'\n' || status) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

create unique index operating_system_name on compute.operating_system (tenant_id, name);
create index operating_system_by_created on compute.operating_system (tenant_id, created, id);
create index operating_system_by_status on compute.operating_system (tenant_id, status, created, id);
create index operating_system_by_updated on compute.operating_system (tenant_id, updated, created, id);
create index operating_system_by_version on compute.operating_system (tenant_id, version, created, id);
create index operating_system_by_cloud_init on compute.operating_system (tenant_id, is_cloud_init, created, id);
create index operating_system_words on compute.operating_system using gin (to_tsvector('english', search));
create index operating_system_parts on compute.operating_system using gin (search gin_trgm_ops);
