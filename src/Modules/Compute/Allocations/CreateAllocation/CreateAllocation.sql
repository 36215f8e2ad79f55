-- Makes an allocation, unless the tenant has one of that name at the site.
insert into compute.allocation
  (id, name, description, infrastructure_provider_id, tenant_id, site_id, site_name, tenant_org_display_name, status, created, updated, created_by)
values
  (@id, @Name, @Description, @providerId, @TenantId, @SiteId, @siteName, @tenantOrgDisplayName, 'Registered', @now, @now, @by)
on conflict do nothing
