-- A machine in a tenant's hands. "touched" is when Nico last wanted or learned something about it by a command of its own: an
-- inventory that began earlier says nothing about it. "revision" counts changes of the configuration, "undo" is what was before the
-- newest change, until the site has taken it. "names" are copies of what other modules own, kept for ordering.
create table compute.instance (
  id uuid primary key,
  name text not null,
  description text,
  org text not null,
  tenant_id uuid not null,
  tenant_org_display_name text,
  infrastructure_provider_id uuid not null,
  site_id uuid not null,
  instance_type_id uuid,
  instance_type_name text,
  vpc_id uuid not null,
  machine_id text not null,
  holds_machine boolean not null,
  has_infiniband boolean not null,
  operating_system_id uuid references compute.operating_system,
  ipxe_script text,
  user_data text,
  always_boot_with_custom_ipxe boolean not null,
  phone_home_enabled boolean not null,
  auto_network boolean not null,
  allow_unhealthy_machine boolean not null,
  labels jsonb,
  is_update_pending boolean not null default false,
  tpm_ek_certificate text,
  status text not null check (status in ('Pending', 'Provisioning', 'Configuring', 'Ready', 'Updating', 'Repairing', 'Terminating', 'Error')),
  power_status text not null check (power_status in ('BootCompleted', 'Rebooting', 'Error')),
  shown_status text not null generated always as (
    case
      when status = 'Ready' and power_status = 'Rebooting' then 'Rebooting'
      when status = 'Ready' and power_status = 'Error' then 'Error'
      else status
    end
  ) stored,
  status_before_termination text,
  is_missing_on_site boolean not null default false,
  at_site boolean not null default false,
  touched timestamptz not null,
  revision integer not null default 1,
  undo jsonb,
  pushes integer not null default 0,
  pushes_since timestamptz,
  search text generated always as (name || E'\n' || coalesce(description, '') || E'\n' || status || E'\n' || coalesce(labels::text, '')) stored,
  created timestamptz not null,
  updated timestamptz not null,
  created_by uuid
);

create unique index instance_name on compute.instance (tenant_id, site_id, name);
create unique index instance_machine on compute.instance (machine_id) where holds_machine;
create index instance_by_created on compute.instance (tenant_id, created, id);
create index instance_by_name on compute.instance (tenant_id, name, created, id);
create index instance_by_status on compute.instance (tenant_id, shown_status, created, id);
create index instance_by_updated on compute.instance (tenant_id, updated, created, id);
create index instance_by_machine on compute.instance (tenant_id, machine_id, created, id);
create index instance_by_type on compute.instance (tenant_id, instance_type_name, created, id);
create index instance_by_infiniband on compute.instance (tenant_id, (not has_infiniband), created, id);
create index instance_site on compute.instance (site_id);
create index instance_vpc on compute.instance (vpc_id);
create index instance_operating_system on compute.instance (operating_system_id);
create index instance_words on compute.instance using gin (to_tsvector('english', search));
create index instance_parts on compute.instance using gin (search gin_trgm_ops);

-- An instance's attachment to a network. The order of "position" is the order at the site.
create table compute.interface (
  id uuid primary key,
  instance_id uuid not null references compute.instance on delete cascade,
  position integer not null,
  subnet_id uuid,
  vpc_prefix_id uuid,
  vpc_id uuid not null,
  is_physical boolean not null,
  device text,
  device_instance integer,
  virtual_function_id integer,
  requested_ip_address text,
  mac_address text,
  ip_addresses text[] not null default '{}',
  status text not null check (status in ('Pending', 'Provisioning', 'Ready', 'Deleting', 'Error')),
  created timestamptz not null,
  updated timestamptz not null,
  check ((subnet_id is null) <> (vpc_prefix_id is null))
);

create index interface_instance on compute.interface (instance_id, created, position);
create index interface_subnet on compute.interface (subnet_id) where subnet_id is not null;
create index interface_vpc_prefix on compute.interface (vpc_prefix_id) where vpc_prefix_id is not null;
create index interface_vpc on compute.interface (vpc_id);
create index interface_addresses on compute.interface using gin (ip_addresses);
