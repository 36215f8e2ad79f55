-- True when the provider has the live site.
select exists (
  select
  from hardware.site
  where id = @SiteId
    and infrastructure_provider_id = @providerId
    and deleted is null
)
