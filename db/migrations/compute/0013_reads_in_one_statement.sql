-- A read is one statement: the newest entries of a resource's history come with its row.
create function compute.newest_history(of_kind text, of_resource text, entries int)
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
    from compute.status_history
    where kind = of_kind
      and resource_id = of_resource
    order by created desc, id desc
    limit entries
  ) as entry
$$;

-- The columns of each resource as its row type reads them, and those that lists filter by: named here once.
create view compute.instance_row as
select
  id, name, description, org, tenant_id, infrastructure_provider_id, site_id, instance_type_id, batch_id, vpc_id, machine_id, operating_system_id,
  ipxe_script, user_data, always_boot_with_custom_ipxe, phone_home_enabled, auto_network, allow_unhealthy_machine, labels, is_update_pending,
  tpm_ek_certificate, status, shown_status, power_status, is_missing_on_site, at_site, revision, undo, created, updated,
  tenant_org_display_name, instance_type_name, has_infiniband, search
from compute.instance;

create view compute.interface_row as
select
  id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, virtual_function_id,
  requested_ip_address, mac_address, ip_addresses, status, created, updated
from compute.interface;

create view compute.instance_type_row as
select
  id, name, description, controller_machine_type, infrastructure_provider_id, site_id, labels, capabilities, status, version, at_site, revision,
  undo, created, updated, search
from compute.instance_type;

create view compute.operating_system_row as
select
  id, name, description, tenant_id, org, type, ipxe_script, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active,
  deactivation_note, version, status, revision, image_url, image_sha, image_auth_type, image_auth_token, image_disk, root_fs_id, root_fs_label,
  created, updated, search
from compute.operating_system;

create function compute.interfaces_of(of_instance uuid)
returns jsonb
language sql
stable
parallel safe
as $$
  -- In the order in which they were asked for.
  select coalesce(jsonb_agg(to_jsonb(attached) order by attached.created, attached.position, attached.id), '[]'::jsonb)
  from compute.interface_row as attached
  where attached.instance_id = of_instance
$$;

create function compute.sites_of(of_system uuid)
returns jsonb
language sql
stable
parallel safe
as $$
  -- The first one first.
  select coalesce(jsonb_agg(to_jsonb(place) order by place.created, place.site_id), '[]'::jsonb)
  from compute.operating_system_site as place
  where place.operating_system_id = of_system
$$;
