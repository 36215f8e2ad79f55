-- Writes machines as they are reported. What a report does not know of maker, model, serial number and health stays; so does the instance
-- type while an order about it is on its way.
insert into hardware.machine as known
  (id, site_id, infrastructure_provider_id, instance_type_id, instance_type_association_id, instance_type_since, controller_machine_type, controller_state, hw_sku_device_type,
   vendor, product_name, serial_number, hostname, nv_link_domain_id, dpu_machine_ids, is_in_maintenance, maintenance_message, labels,
   health, health_observed, is_healthy, metadata, status, status_message, is_usable_by_tenant, is_resetting, report_digest, report_hash, created, updated)
select reported.id, @siteId, @providerId, reported.instance_type_id, reported.instance_type_association_id,
  case when reported.instance_type_id is not null then @now end, reported.controller_machine_type, reported.controller_state,
  reported.hw_sku_device_type, reported.vendor, reported.product_name, reported.serial_number, reported.hostname, reported.nv_link_domain_id,
  coalesce(reported.dpu_machine_ids, '{}'), reported.is_in_maintenance, reported.maintenance_message, reported.labels,
  nullif(reported.health, 'null'), reported.health_observed, coalesce(reported.is_healthy, true), reported.metadata,
  reported.status, reported.status_message, reported.is_usable_by_tenant, reported.is_resetting, reported.report_digest, reported.report_hash, @now, @now
from jsonb_to_recordset(@machines::jsonb) as reported
  (id text, instance_type_id uuid, instance_type_association_id uuid, controller_machine_type text, controller_state text, hw_sku_device_type text,
   vendor text, product_name text, serial_number text, hostname text, nv_link_domain_id text, dpu_machine_ids text[], is_in_maintenance boolean, maintenance_message text,
   labels jsonb, health jsonb, health_observed timestamptz, is_healthy boolean, metadata jsonb,
   status text, status_message text, is_usable_by_tenant boolean, is_resetting boolean, report_digest text, report_hash bigint)
on conflict (id) do update
set site_id = excluded.site_id,
    infrastructure_provider_id = excluded.infrastructure_provider_id,
    instance_type_id = case when known.instance_type_order is null then excluded.instance_type_id else known.instance_type_id end,
    instance_type_association_id = case
      when known.instance_type_order is null and known.instance_type_id is distinct from excluded.instance_type_id then excluded.instance_type_association_id
      else known.instance_type_association_id
    end,
    instance_type_since = case
      when known.instance_type_order is null and known.instance_type_id is distinct from excluded.instance_type_id then excluded.instance_type_since
      else known.instance_type_since
    end,
    controller_machine_type = excluded.controller_machine_type,
    controller_state = excluded.controller_state,
    hw_sku_device_type = excluded.hw_sku_device_type,
    vendor = coalesce(excluded.vendor, known.vendor),
    product_name = coalesce(excluded.product_name, known.product_name),
    serial_number = coalesce(excluded.serial_number, known.serial_number),
    hostname = excluded.hostname,
    nv_link_domain_id = excluded.nv_link_domain_id,
    dpu_machine_ids = excluded.dpu_machine_ids,
    is_in_maintenance = excluded.is_in_maintenance,
    maintenance_message = case when known.maintenance_order is null then excluded.maintenance_message else known.maintenance_message end,
    labels = excluded.labels,
    health = coalesce(excluded.health, known.health),
    health_observed = case when excluded.health is null then known.health_observed else excluded.health_observed end,
    is_healthy = case when excluded.health is null then known.is_healthy else excluded.is_healthy end,
    metadata = excluded.metadata,
    status = excluded.status,
    status_message = excluded.status_message,
    is_usable_by_tenant = excluded.is_usable_by_tenant,
    is_resetting = excluded.is_resetting,
    is_missing_on_site = false,
    missing_since = null,
    report_digest = excluded.report_digest,
    report_hash = excluded.report_hash,
    updated = excluded.updated
