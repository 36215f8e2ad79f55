-- Links the accounts that waited for the org's tenant.
update identity.tenant_account
set tenant_id = @Id,
    updated = @now
where tenant_org = @Org
  and tenant_id is null
  and deleted is null
