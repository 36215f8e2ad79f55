-- Which of the sites are live and seen by the caller.
select id
from hardware.site
where id = any(@ids)
  and deleted is null
  and (
    site.infrastructure_provider_id = @Own
    or (site.infrastructure_provider_id = any(@Providers) and site.id <> all(@Except))
    or site.id = any(@Also)
    or exists (select 1 from hardware.tenant_site as used where used.tenant_id = @tenantId and used.site_id = site.id)
  )
