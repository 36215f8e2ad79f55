-- The provider's instance types, and those of the sites that the tenant uses; of these only what it has allocations of, if so wanted.
select type.*, compute.newest_history('instance-type', type.id::text, @entries) as history
from compute.instance_type_row as type
where (
    infrastructure_provider_id = @providerId
    or (
      site_id = any(@sites)
      and (not @allocatedOnly or exists (
        select 1
        from compute.allocation_constraint as c
        join compute.allocation as a on a.id = c.allocation_id
        where c.resource_type = 'InstanceType'
          and c.resource_type_id = type.id
          and a.tenant_id = @tenantId
      ))
    )
  )
  and (@SiteId::uuid is null or site_id = @SiteId)
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
