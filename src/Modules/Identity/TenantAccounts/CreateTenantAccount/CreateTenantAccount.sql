-- Makes an account, unless the provider has one with that org.
insert into identity.tenant_account
  (id, account_number, infrastructure_provider_id, tenant_org, tenant_id, status, created, updated, created_by)
values
  (@id, @accountNumber, @providerId, @org, @tenantId, 'Invited', @now, @now, @by)
on conflict (infrastructure_provider_id, tenant_org) where deleted is null do nothing
