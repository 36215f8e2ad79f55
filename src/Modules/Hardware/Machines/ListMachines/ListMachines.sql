-- The machines that the caller sees which pass the filters.
select machine.id, machine.site_id, machine.infrastructure_provider_id, machine.instance_type_id, machine.instance_id, machine.tenant_id,
  machine.controller_machine_type, machine.hw_sku_device_type, machine.vendor, machine.product_name, machine.serial_number,
  machine.maintenance_message, coalesce(machine.ordered_labels, machine.labels) as labels, machine.health, machine.health_observed,
  case when @includeMetadata then machine.metadata end as metadata,
  machine.dpu_machine_ids, machine.status,
  machine.is_usable_by_tenant and machine.unknown_instance_id is null
    and (machine.instance_id is not null or machine.status <> 'InUse') as is_usable_by_tenant,
  machine.created, machine.updated,
  hardware.capabilities_of(machine.id) as capabilities, hardware.interfaces_of(machine.id) as interfaces,
  hardware.newest_history('machine', machine.id, @entries) as history
from hardware.machine
where (
    machine.infrastructure_provider_id = @Own
    or (machine.infrastructure_provider_id = any(@Providers) and machine.site_id <> all(@Except))
    or machine.site_id = any(@Also)
  )
  and (@SiteId::uuid is null or machine.site_id = @SiteId)
  and (@ids::text[] is null or machine.id = any(@ids))
  and (@instanceTypeIds::uuid[] is null or machine.instance_type_id = any(@instanceTypeIds))
  and (@HasInstanceType::boolean is null or (machine.instance_type_id is not null) = @HasInstanceType)
  and (@HasInstance::boolean is null or (machine.instance_id is not null) = @HasInstance)
  and (@tenantIds::uuid[] is null or machine.tenant_id = any(@tenantIds))
  and (@IsMissingOnSite::boolean is null or machine.is_missing_on_site = @IsMissingOnSite)
  and (@statuses::text[] is null or machine.status = any(@statuses))
  and (@deviceTypes::text[] is null or machine.hw_sku_device_type = any(@deviceTypes))
  and ((@capabilityType::text is null and @capabilityNames::text[] is null) or exists (
    select 1
    from hardware.machine_capability as capability
    where capability.machine_id = machine.id
      and (@capabilityType::text is null or capability.type = @capabilityType)
      and (@capabilityNames::text[] is null or capability.name = any(@capabilityNames))
  ))
  and (@Words::text is null or machine.search_words @@ to_tsquery('english', @Words) or machine.search_text ilike @Like)
