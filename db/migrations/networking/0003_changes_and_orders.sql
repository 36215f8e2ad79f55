-- Changes on their way to a site: "revision" counts them, "undo" has what they replaced until the site has taken them, and
-- "virtualization_before" the type that a VPC gets back should its site refuse the new one.
alter table networking.vpc
  add column revision integer not null default 0,
  add column undo jsonb,
  add column virtualization_before text;

alter table networking.vpc_prefix
  add column revision integer not null default 0,
  add column undo jsonb;

-- Names that changes replaced stay spoken for until the site has taken the changes: their owner may get them back.
create index vpc_names_before on networking.vpc (tenant_id, site_id) where undo is not null;
create index vpc_prefix_names_before on networking.vpc_prefix (tenant_id, site_id) where undo is not null;

-- Each order of the lists of blocks, for providers, tenants, and the parts of one block.
create index ip_block_roots_by_name on networking.ip_block (infrastructure_provider_id, name, created, id) where tenant_id is null;
create index ip_block_roots_by_prefix on networking.ip_block (infrastructure_provider_id, host(prefix), created, id) where tenant_id is null;
create index ip_block_roots_by_status on networking.ip_block (infrastructure_provider_id, status, created, id) where tenant_id is null;
create index ip_block_roots_by_updated on networking.ip_block (infrastructure_provider_id, updated, created, id) where tenant_id is null;

create index ip_block_tenants_by_name on networking.ip_block (tenant_id, name, created, id) where tenant_id is not null;
create index ip_block_tenants_by_prefix on networking.ip_block (tenant_id, host(prefix), created, id) where tenant_id is not null;
create index ip_block_tenants_by_status on networking.ip_block (tenant_id, status, created, id) where tenant_id is not null;
create index ip_block_tenants_by_updated on networking.ip_block (tenant_id, updated, created, id) where tenant_id is not null;

drop index networking.ip_block_source;
create index ip_block_parts_by_created on networking.ip_block (source_id, created, id) where source_id is not null;
create index ip_block_parts_by_name on networking.ip_block (source_id, name, created, id) where source_id is not null;
create index ip_block_parts_by_prefix on networking.ip_block (source_id, host(prefix), created, id) where source_id is not null;
create index ip_block_parts_by_status on networking.ip_block (source_id, status, created, id) where source_id is not null;
create index ip_block_parts_by_updated on networking.ip_block (source_id, updated, created, id) where source_id is not null;
