-- Whether the tenant has accepted an account with the provider.
select exists (
  select 1
  from identity.tenant_account
  where infrastructure_provider_id = @providerId
    and tenant_id = @tenantId
    and status = 'Ready'
    and deleted is null
)
