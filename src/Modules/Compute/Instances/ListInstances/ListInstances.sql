-- The tenant's instances.
select instance.*, compute.interfaces_of(instance.id) as interfaces,
  compute.newest_history('instance', instance.id::text, @entries) as history
from compute.instance_row as instance
where tenant_id = @tenantId
  and (@InfrastructureProviderId::uuid is null or infrastructure_provider_id = @InfrastructureProviderId)
  and (cardinality(@siteIds) = 0 or site_id = any(@siteIds))
  and (
    cardinality(@vpcIds) = 0
    or vpc_id = any(@vpcIds)
    or id in (select instance_id from compute.interface where vpc_id = any(@vpcIds) and vpc_prefix_id is not null)
  )
  and (cardinality(@typeIds) = 0 or instance_type_id = any(@typeIds))
  and (cardinality(@systemIds) = 0 or operating_system_id = any(@systemIds))
  and (cardinality(@machineIds) = 0 or machine_id = any(@machineIds))
  and (not @hasSecurityGroup)
  and (@Name::text is null or name = @Name)
  and (cardinality(@statuses) = 0 or shown_status = any(@statuses))
  and (cardinality(@addresses) = 0 or id in (select instance_id from compute.interface where ip_addresses && @addresses))
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
