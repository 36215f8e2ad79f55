-- Operating systems that are written from an image which a site keeps. "org" is what the site calls the tenant. The token is sealed.
-- "revision" counts changes.
alter table compute.operating_system
  add column org text,
  add column revision integer not null default 1,
  add column image_url text,
  add column image_sha text,
  add column image_auth_type text,
  add column image_auth_token text,
  add column image_disk text,
  add column root_fs_id text,
  add column root_fs_label text,
  add check (type = 'iPXE' or (org is not null and image_url is not null and image_sha is not null));

-- A site that keeps an operating system's image. "version" is a hash of what it was last sent; "touched" is when Nico last wanted or
-- learned something about the image by a command of its own: an inventory that began earlier says nothing about it.
create table compute.operating_system_site (
  operating_system_id uuid not null references compute.operating_system on delete cascade,
  site_id uuid not null,
  status text not null check (status in ('Syncing', 'Synced', 'Error', 'Deleting')),
  status_before_deletion text,
  version text not null,
  is_missing_on_site boolean not null default false,
  at_site boolean not null default false,
  touched timestamptz not null,
  created timestamptz not null,
  updated timestamptz not null,
  primary key (operating_system_id, site_id)
);

create index operating_system_site_site on compute.operating_system_site (site_id, operating_system_id);

-- What changes of an image's operating system replaced, until its site has taken them: the first row of an operating system is what the
-- site has. The id is that of the change's entry in the status history.
create table compute.operating_system_change (
  id uuid primary key,
  operating_system_id uuid not null references compute.operating_system on delete cascade,
  revision integer not null,
  tenant_id uuid not null,
  name text not null,
  description text,
  user_data text,
  is_cloud_init boolean not null,
  phone_home_enabled boolean not null,
  allow_override boolean not null,
  is_active boolean not null,
  deactivation_note text,
  image_url text not null,
  image_sha text not null,
  image_auth_type text,
  image_auth_token text,
  image_disk text,
  root_fs_id text,
  root_fs_label text,
  site_status text,
  site_version text,
  unique (operating_system_id, revision)
);

create index operating_system_change_name on compute.operating_system_change (tenant_id, name);
