create schema networking;

create extension if not exists btree_gist;
create extension if not exists pg_trgm;

create table networking.status_history (
  id uuid primary key,
  resource_id text not null,
  status text not null,
  message text,
  created timestamptz not null
);

create index status_history_newest on networking.status_history (resource_id, created desc, id desc);

-- A provider's block (root: tenant and source are null), or the part of one that an allocation gives to a tenant (derived).
create table networking.ip_block (
  id uuid primary key,
  name text not null,
  description text,
  infrastructure_provider_id uuid not null,
  site_id uuid not null,
  tenant_id uuid,
  source_id uuid references networking.ip_block,
  routing_type text not null check (routing_type in ('Public', 'DatacenterOnly')),
  protocol_version text not null check (protocol_version in ('IPv4', 'IPv6')),
  prefix cidr not null,
  status text not null check (status in ('Pending', 'Provisioning', 'Ready', 'Deleting', 'Error')),
  search text generated always as (name || E'\n' || coalesce(description, '') || E'\n' || status) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid,
  check ((tenant_id is null) = (source_id is null)),
  check ((protocol_version = 'IPv4') = (family(prefix) = 4)),
  constraint ip_block_root_overlap exclude using gist (
    infrastructure_provider_id with =, site_id with =, routing_type with =, prefix inet_ops with &&
  ) where (tenant_id is null)
);

create unique index ip_block_root_name on networking.ip_block (infrastructure_provider_id, site_id, name) where tenant_id is null;
create index ip_block_roots on networking.ip_block (infrastructure_provider_id, created, id) where tenant_id is null;
create index ip_block_tenants on networking.ip_block (tenant_id, created, id) where tenant_id is not null;
create index ip_block_source on networking.ip_block (source_id) where source_id is not null;
create index ip_block_words on networking.ip_block using gin (to_tsvector('english', search));
create index ip_block_parts on networking.ip_block using gin (search gin_trgm_ops);

-- What has been carved out of a block, by the id of who has it: a derived block, a VPC prefix or a subnet. Two parts of one
-- block never overlap; a part as large as its block is the whole of it.
create table networking.carving (
  id uuid primary key,
  block_id uuid not null references networking.ip_block,
  prefix cidr not null,
  constraint carving_overlap exclude using gist (block_id with =, prefix inet_ops with &&)
);

create index carving_block on networking.carving (block_id, prefix);
