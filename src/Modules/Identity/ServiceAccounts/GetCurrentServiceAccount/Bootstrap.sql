-- Makes whatever the org lacks of provider, privileged tenant and Ready account; changes nothing where all is there.
insert into identity.infrastructure_provider (id, org, org_display_name, created, updated, created_by)
values (@providerId, @Org, @name, @now, @now, @by)
on conflict (org) do nothing;

insert into identity.tenant (id, org, org_display_name, created, updated, created_by)
values (@tenantId, @Org, @name, @now, @now, @by)
on conflict (org) do nothing;

update identity.tenant_account as waiting
set tenant_id = tenant.id,
    updated = @now
from identity.tenant
where tenant.org = @Org
  and waiting.tenant_org = @Org
  and waiting.tenant_id is null
  and waiting.deleted is null;

with promoted as (
  update identity.tenant_account as invited
  set status = 'Ready',
      updated = @now
  from identity.infrastructure_provider as provider
  where provider.org = @Org
    and invited.infrastructure_provider_id = provider.id
    and invited.tenant_org = @Org
    and invited.status <> 'Ready'
    and invited.deleted is null
  returning invited.id
)
insert into identity.status_history (id, kind, resource_id, status, message, created)
select @changeId, 'tenant-account', id::text, 'Ready', 'The org is a service account''s', @now
from promoted;

insert into identity.tenant_account as known
  (id, account_number, infrastructure_provider_id, tenant_org, tenant_id, status, targeted_instance_creation, created, updated, created_by)
select @accountId, @accountNumber, provider.id, @Org, tenant.id, 'Ready', true, @now, @now, @by
from identity.infrastructure_provider as provider
join identity.tenant on tenant.org = provider.org
where provider.org = @Org
on conflict (infrastructure_provider_id, tenant_org) where deleted is null do update
set targeted_instance_creation = true,
    switched_sites = '{}',
    updated = excluded.updated
where not known.targeted_instance_creation;
