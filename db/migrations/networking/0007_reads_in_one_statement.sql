-- A read is one statement: the newest entries of a resource's history come with its row.
create function networking.newest_history(of_kind text, of_resource text, entries int)
returns jsonb
language sql
stable
parallel safe
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'status', entry.status,
        'message', entry.message,
        'created', to_char(entry.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updated', to_char(entry.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
      order by entry.created desc, entry.id desc),
    '[]'::jsonb)
  from (
    select id, status, message, created
    from networking.status_history
    where kind = of_kind
      and resource_id = of_resource
    order by created desc, id desc
    limit entries
  ) as entry
$$;

-- The columns of each resource as its row type reads them, and those that lists filter by: named here once.
create view networking.vpc_row as
select
  id, name, description, org, tenant_id, site_id, infrastructure_provider_id, network_virtualization_type, routing_profile, requested_vni,
  active_vni, network_security_group_id, nvlink_logical_partition_id, labels, status, status_before_deletion, is_missing_on_site, at_site,
  revision, undo, touched, created, updated, search
from networking.vpc;

create view networking.subnet_row as
select
  id, name, description, tenant_id, site_id, vpc_id, ipv4_block_id, routing_type, text(prefix) as prefix, mtu, status, at_site, created, updated,
  search
from networking.subnet;

create view networking.vpc_prefix_row as
select
  id, name, tenant_id, site_id, vpc_id, ip_block_id, text(prefix) as prefix, status, at_site, revision, undo, created, updated, search
from networking.vpc_prefix;

create view networking.ip_block_row as
select
  id, name, description, infrastructure_provider_id, site_id, tenant_id, source_id, routing_type, protocol_version,
  host(prefix) as prefix, masklen(prefix) as prefix_length, status, created, updated, search
from networking.ip_block;
