-- A class of a site's machines that stand for each other, with what they must be built of, in order. "version" is the site's, empty until
-- the site has told it; "touched", "revision" and "undo" are as for instances.
create table compute.instance_type (
  id uuid primary key,
  name text not null,
  description text,
  controller_machine_type text,
  infrastructure_provider_id uuid not null,
  site_id uuid not null,
  labels jsonb not null,
  capabilities jsonb not null,
  status text not null check (status in ('Pending', 'Registering', 'Ready', 'Deleting', 'Error')),
  status_before_deletion text,
  version text not null default '',
  at_site boolean not null default false,
  is_missing_on_site boolean not null default false,
  touched timestamptz not null,
  revision integer not null default 1,
  undo jsonb,
  -- What a text search looks at: bounded, for neither a tsvector nor a search is meant for megabytes.
  search text generated always as (
    name || E'\n' || coalesce(left(description, 10000), '') || E'\n' || left(labels::text, 10000) || E'\n' || status
  ) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

create unique index instance_type_name on compute.instance_type (infrastructure_provider_id, site_id, name);
create index instance_type_by_created on compute.instance_type (infrastructure_provider_id, created, id);
create index instance_type_by_name on compute.instance_type (infrastructure_provider_id, name, created, id);
create index instance_type_by_status on compute.instance_type (infrastructure_provider_id, status, created, id);
create index instance_type_by_updated on compute.instance_type (infrastructure_provider_id, updated, created, id);
create index instance_type_site on compute.instance_type (site_id, name);
create index instance_type_words on compute.instance_type using gin (to_tsvector('english', search));
create index instance_type_parts on compute.instance_type using gin (search gin_trgm_ops);

-- Instance types that were deleted: a site that goes on reporting one does not bring it back.
create table compute.removed_instance_type (
  id uuid primary key,
  removed timestamptz not null
);

create index instance_of_type on compute.instance (instance_type_id, tenant_id) where instance_type_id is not null;
create index allocation_constraint_by_type_name on compute.allocation_constraint (instance_type_name, allocation_id);
