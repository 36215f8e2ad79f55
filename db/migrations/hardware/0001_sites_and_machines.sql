create schema hardware;

-- Trigrams let a list's text search use an index for "contains".
create extension if not exists pg_trgm;

-- An installation of a provider, with a controller of its own.
create table hardware.site (
  id uuid primary key,
  name text not null,
  description text,
  org text not null check (org = lower(org)),
  infrastructure_provider_id uuid not null,
  status text not null check (status in ('Pending', 'Registered', 'Error')),
  -- One-time password of the pairing: short-lived, used once, shown to the owner's administrators only.
  registration_token text,
  registration_token_expiration timestamptz,
  serial_console_hostname text,
  is_serial_console_enabled boolean not null default false,
  serial_console_idle_timeout integer check (serial_console_idle_timeout > 0),
  serial_console_max_session_length integer check (serial_console_max_session_length > 0),
  location jsonb,
  contact jsonb,
  native_networking boolean not null,
  network_security_group boolean not null,
  nv_link_partition boolean not null,
  flow boolean not null,
  image_based_operating_system boolean not null,
  -- When the controller last answered with its machines.
  inventory_received timestamptz,
  created timestamptz not null,
  updated timestamptz not null,
  deleted timestamptz,
  created_by uuid,
  -- What a text search looks at: bounded, for neither a tsvector nor a search is meant for megabytes.
  search_text text not null generated always as (
    name || E'\n' || coalesce(left(description, 10000), '') || E'\n' || status
    || E'\n' || coalesce(left(location::text, 1000), '') || E'\n' || coalesce(left(contact::text, 1000), '')
  ) stored
);

create unique index site_name on hardware.site (infrastructure_provider_id, name) where deleted is null;
create index site_created on hardware.site (created, id) where deleted is null;
create index site_updated on hardware.site (updated, created, id) where deleted is null;
create index site_status on hardware.site (status, created, id) where deleted is null;
create index site_words on hardware.site using gin (to_tsvector('english', search_text));
create index site_trigrams on hardware.site using gin (search_text gin_trgm_ops);

-- Tenants with allocations at a site: what lets a tenant use the site, and what the site's controller has to know it for.
create table hardware.tenant_site (
  site_id uuid not null references hardware.site,
  tenant_id uuid not null,
  -- The tenant's name at the controller; an org never changes.
  org text not null,
  allocations integer not null check (allocations >= 0),
  is_serial_console_ssh_keys_enabled boolean not null default false,
  -- When inventory last had the controller told about the tenant again.
  repaired timestamptz,
  created timestamptz not null,
  primary key (tenant_id, site_id)
);

create index tenant_site_site on hardware.tenant_site (site_id, org);

-- A host at a site. The id is the controller's own.
create table hardware.machine (
  id text primary key,
  site_id uuid not null references hardware.site,
  infrastructure_provider_id uuid not null,
  instance_type_id uuid,
  -- Who holds it; set and cleared by instances, never by inventory.
  instance_id uuid,
  tenant_id uuid,
  controller_machine_type text not null,
  controller_state text not null,
  hw_sku_device_type text,
  vendor text,
  product_name text,
  serial_number text,
  hostname text,
  nv_link_domain_id text,
  is_in_maintenance boolean not null,
  maintenance_message text,
  labels jsonb not null,
  health jsonb,
  health_observed timestamptz,
  is_healthy boolean not null,
  metadata jsonb not null,
  status text not null check (status in ('Initializing', 'Ready', 'Reset', 'Maintenance', 'InUse', 'Error', 'Decommissioned', 'Unknown')),
  -- Message of the newest entry of the status history.
  status_message text not null,
  is_usable_by_tenant boolean not null,
  -- Cleaned after an instance: Reset until the site reports it ready.
  is_resetting boolean not null default false,
  is_missing_on_site boolean not null default false,
  missing_since timestamptz,
  -- Digest of the report that the row shows; null when the next report is to be applied whatever it says.
  report_digest text,
  -- When an order of ours last changed the row: a report that was begun before must not undo it.
  touched timestamptz,
  created timestamptz not null,
  updated timestamptz not null,
  search_text text not null generated always as (
    id || E'\n' || coalesce(vendor, '') || E'\n' || coalesce(product_name, '') || E'\n' || coalesce(hostname, '') || E'\n' || status
    || E'\n' || left(labels::text, 10000)
  ) stored,
  -- The words of the same text, kept: to make them anew for each row of a long list takes longer than the list.
  search_words tsvector not null generated always as (to_tsvector(
    'english',
    id || E'\n' || coalesce(vendor, '') || E'\n' || coalesce(product_name, '') || E'\n' || coalesce(hostname, '') || E'\n' || status
    || E'\n' || left(labels::text, 10000)
  )) stored,
  check ((instance_id is null) = (tenant_id is null)),
  check (is_missing_on_site = (missing_since is not null))
);

create unique index machine_instance on hardware.machine (instance_id) where instance_id is not null;
create index machine_tenant on hardware.machine (tenant_id) where tenant_id is not null;
create index machine_provider on hardware.machine (infrastructure_provider_id, id);
create index machine_site on hardware.machine (site_id, status);
create index machine_instance_type on hardware.machine (instance_type_id) where instance_type_id is not null;
create index machine_device_type on hardware.machine (hw_sku_device_type);
create index machine_missing on hardware.machine (site_id) where is_missing_on_site;
create index machine_status on hardware.machine (status, created, id);
create index machine_created on hardware.machine (created, id);
create index machine_updated on hardware.machine (updated, created, id);
create index machine_words on hardware.machine using gin (search_words);
create index machine_trigrams on hardware.machine using gin (search_text gin_trgm_ops);

-- A network interface of a machine.
create table hardware.machine_interface (
  id uuid primary key,
  machine_id text not null references hardware.machine on delete cascade,
  controller_interface_id uuid not null,
  controller_segment_id uuid,
  attached_dpu_machine_id text,
  hostname text,
  is_primary boolean not null,
  mac_address text,
  ip_addresses text[] not null,
  created timestamptz not null,
  updated timestamptz not null,
  unique (machine_id, controller_interface_id)
);

-- What a machine is built of. A type can have several of one name: position counts them.
create table hardware.machine_capability (
  id uuid primary key,
  machine_id text not null references hardware.machine on delete cascade,
  type text not null check (type in ('CPU', 'Memory', 'Storage', 'Network', 'GPU', 'InfiniBand', 'DPU')),
  name text not null,
  position integer not null,
  frequency text,
  cores integer,
  threads integer,
  capacity text,
  vendor text,
  hardware_revision text,
  count integer not null,
  device_type text,
  inactive_devices integer[] not null,
  created timestamptz not null,
  updated timestamptz not null,
  unique (machine_id, type, name, position)
);

create index machine_capability_name on hardware.machine_capability (type, name, machine_id);
create index machine_capability_any on hardware.machine_capability (name, machine_id);

create table hardware.status_history (
  id uuid primary key,
  resource_id text not null,
  status text not null,
  message text,
  created timestamptz not null
);

create index status_history_newest on hardware.status_history (resource_id, created desc, id desc);
