create schema identity;

-- Principals that tokens have named. The subject is a hash of the issuer and the token's sub.
create table identity.users (
  id uuid primary key,
  subject text not null unique,
  email text,
  first_name text,
  last_name text,
  created timestamptz not null,
  updated timestamptz not null
);

-- An org's provider side: one an org.
create table identity.infrastructure_provider (
  id uuid primary key,
  org text not null unique check (org = lower(org)),
  org_display_name text,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

-- An org's tenant side: one an org.
create table identity.tenant (
  id uuid primary key,
  org text not null unique check (org = lower(org)),
  org_display_name text,
  targeted_instance_creation boolean not null default false,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

-- The relation of a provider and a tenant's org; the tenant itself may come later.
create table identity.tenant_account (
  id uuid primary key,
  account_number text not null unique,
  infrastructure_provider_id uuid not null references identity.infrastructure_provider,
  tenant_org text not null check (tenant_org = lower(tenant_org)),
  tenant_id uuid references identity.tenant,
  tenant_contact_id uuid references identity.users,
  status text not null check (status in ('Pending', 'Invited', 'Ready', 'Error')),
  created timestamptz not null,
  updated timestamptz not null,
  deleted timestamptz,
  created_by uuid
);

create unique index tenant_account_pair on identity.tenant_account (infrastructure_provider_id, tenant_org) where deleted is null;
create index tenant_account_tenant on identity.tenant_account (tenant_id) where deleted is null;
create index tenant_account_tenant_org on identity.tenant_account (tenant_org) where deleted is null;

create table identity.status_history (
  id uuid primary key,
  resource_id text not null,
  status text not null,
  message text,
  created timestamptz not null
);

create index status_history_newest on identity.status_history (resource_id, created desc, id desc);
