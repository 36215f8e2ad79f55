-- A tenant's virtual network at a site. "touched" is when Nico last wanted or learned something about it by a command of its
-- own: an inventory that began earlier says nothing about it. "at_site" is true once the site has taken it.
create table networking.vpc (
  id uuid primary key,
  name text not null,
  description text,
  org text not null,
  tenant_id uuid not null,
  site_id uuid not null,
  infrastructure_provider_id uuid not null,
  network_virtualization_type text,
  routing_profile text,
  requested_vni integer,
  active_vni integer,
  network_security_group_id text,
  propagation_details jsonb,
  nvlink_logical_partition_id uuid,
  labels jsonb,
  status text not null check (status in ('Pending', 'Provisioning', 'Ready', 'Configuring', 'Deleting', 'Error')),
  status_before_deletion text,
  is_missing_on_site boolean not null default false,
  at_site boolean not null default false,
  touched timestamptz not null,
  pushes integer not null default 0,
  pushes_since timestamptz,
  search text generated always as (
    name || E'\n' || coalesce(description, '') || E'\n' || coalesce(network_virtualization_type, '') || E'\n' || status || E'\n' || coalesce(labels::text, '')
  ) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

create unique index vpc_name on networking.vpc (tenant_id, site_id, name);
create index vpc_by_created on networking.vpc (tenant_id, created, id);
create index vpc_by_name on networking.vpc (tenant_id, name, created, id);
create index vpc_by_status on networking.vpc (tenant_id, status, created, id);
create index vpc_by_updated on networking.vpc (tenant_id, updated, created, id);
create index vpc_site on networking.vpc (site_id);
create index vpc_words on networking.vpc using gin (to_tsvector('english', search));
create index vpc_parts on networking.vpc using gin (search gin_trgm_ops);

-- A routed network of an FNN VPC.
create table networking.vpc_prefix (
  id uuid primary key,
  name text not null,
  tenant_id uuid not null,
  site_id uuid not null,
  vpc_id uuid not null references networking.vpc,
  ip_block_id uuid not null references networking.ip_block,
  prefix cidr not null,
  status text not null check (status in ('Ready', 'Deleting', 'Error')),
  status_before_deletion text,
  is_missing_on_site boolean not null default false,
  at_site boolean not null default false,
  touched timestamptz not null,
  search text generated always as (name || E'\n' || status) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

create unique index vpc_prefix_name on networking.vpc_prefix (tenant_id, site_id, name);
create index vpc_prefix_by_created on networking.vpc_prefix (tenant_id, created, id);
create index vpc_prefix_by_name on networking.vpc_prefix (tenant_id, name, created, id);
create index vpc_prefix_by_status on networking.vpc_prefix (tenant_id, status, created, id);
create index vpc_prefix_by_updated on networking.vpc_prefix (tenant_id, updated, created, id);
create index vpc_prefix_vpc on networking.vpc_prefix (vpc_id);
create index vpc_prefix_block on networking.vpc_prefix (ip_block_id);
create index vpc_prefix_site on networking.vpc_prefix (site_id);
create index vpc_prefix_words on networking.vpc_prefix using gin (to_tsvector('english', search));
create index vpc_prefix_parts on networking.vpc_prefix using gin (search gin_trgm_ops);

-- A layer 2 network of an ETHERNET_VIRTUALIZER VPC.
create table networking.subnet (
  id uuid primary key,
  name text not null,
  description text,
  tenant_id uuid not null,
  site_id uuid not null,
  vpc_id uuid not null references networking.vpc,
  ipv4_block_id uuid not null references networking.ip_block,
  routing_type text not null,
  prefix cidr not null,
  mtu integer,
  status text not null check (status in ('Pending', 'Provisioning', 'Ready', 'Deleting', 'Error')),
  status_before_deletion text,
  is_missing_on_site boolean not null default false,
  at_site boolean not null default false,
  touched timestamptz not null,
  search text generated always as (name || E'\n' || coalesce(description, '') || E'\n' || status) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

create unique index subnet_name on networking.subnet (tenant_id, site_id, name);
create index subnet_by_created on networking.subnet (tenant_id, created, id);
create index subnet_by_name on networking.subnet (tenant_id, name, created, id);
create index subnet_by_status on networking.subnet (tenant_id, status, created, id);
create index subnet_by_updated on networking.subnet (tenant_id, updated, created, id);
create index subnet_vpc on networking.subnet (vpc_id);
create index subnet_block on networking.subnet (ipv4_block_id);
create index subnet_site on networking.subnet (site_id);
create index subnet_words on networking.subnet using gin (to_tsvector('english', search));
create index subnet_parts on networking.subnet using gin (search gin_trgm_ops);
