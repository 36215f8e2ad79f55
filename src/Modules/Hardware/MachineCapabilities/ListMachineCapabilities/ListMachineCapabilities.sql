-- The distinct parts of the provider's machines that pass the filters; the id is that of one of those that are alike.
select min(part.id::text) as id, part.type, part.name, part.frequency, part.cores, part.threads, part.capacity, part.vendor,
  nullif(part.inactive_devices, '{}') as inactive_devices, part.count, part.device_type, min(part.created) as created, max(part.updated) as updated
from hardware.machine_capability as part
join hardware.machine on machine.id = part.machine_id
where machine.infrastructure_provider_id = @providerId
  and (@SiteId::uuid is null or machine.site_id = @SiteId)
  and (@HasInstanceType::boolean is null or (machine.instance_type_id is not null) = @HasInstanceType)
  and (@type::text is null or part.type = @type)
  and (@Name::text is null or part.name = @Name)
  and (@Frequency::text is null or part.frequency = @Frequency)
  and (@Capacity::text is null or part.capacity = @Capacity)
  and (@Vendor::text is null or part.vendor = @Vendor)
  and (@count::integer is null or part.count = @count)
  and (@DeviceType::text is null or part.device_type = @DeviceType)
  and (@inactive::integer[] is null or part.inactive_devices = @inactive)
group by part.type, part.name, part.frequency, part.cores, part.threads, part.capacity, part.vendor, part.inactive_devices, part.count, part.device_type
