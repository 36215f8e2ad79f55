-- The tenant's operating systems. With sites: what has its image at one of them, and what is bound to no site, as everything booted by script.
select system.*, compute.sites_of(system.id) as sites,
  compute.newest_history('operating-system', system.id::text, @entries) as history
from compute.operating_system_row as system
where tenant_id = @tenantId
  and (
    cardinality(@siteIds) = 0
    or not exists (select 1 from compute.operating_system_site as site where site.operating_system_id = system.id)
    or exists (select 1 from compute.operating_system_site as site where site.operating_system_id = system.id and site.site_id = any(@siteIds))
  )
  and (cardinality(@types) = 0 or type = any(@types))
  and (cardinality(@statuses) = 0 or status = any(@statuses))
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
