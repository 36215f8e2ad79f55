-- Which of the sites are live and of these providers, or used by the tenant.
select id
from hardware.site
where id = any(@ids)
  and deleted is null
  and (
    infrastructure_provider_id = any(@providers)
    or exists (select 1 from hardware.tenant_site as used where used.tenant_id = @tenantId and used.site_id = site.id)
  )
