-- Whether a tenant may choose machines is a matter of its accounts: a default for the provider's sites, and the sites that differ from it.
alter table identity.tenant_account
  add column targeted_instance_creation boolean not null default false,
  add column switched_sites uuid[] not null default '{}';

update identity.tenant_account as account
set targeted_instance_creation = true
from identity.tenant
where tenant.id = account.tenant_id
  and tenant.targeted_instance_creation;

alter table identity.tenant drop column targeted_instance_creation;

create index tenant_account_switched on identity.tenant_account using gin (switched_sites);

-- Where the tenant may choose machines: at the sites of these providers, but for some, and at others by name.
create function identity.privileged_sites(of_tenant uuid)
returns jsonb
language sql
stable
parallel safe
as $$
  select jsonb_build_object(
    'providers', coalesce(jsonb_agg(distinct account.infrastructure_provider_id) filter (where account.targeted_instance_creation), '[]'),
    'except', coalesce(jsonb_agg(site) filter (where account.targeted_instance_creation and site is not null), '[]'),
    'also', coalesce(jsonb_agg(site) filter (where not account.targeted_instance_creation and site is not null), '[]'))
  from identity.tenant_account as account
  left join lateral unnest(account.switched_sites) as site on true
  where account.tenant_id = of_tenant
    and account.status = 'Ready'
    and account.deleted is null
$$;

-- Whether it may at every site of every provider that it has an account with.
create function identity.is_privileged(of_tenant uuid)
returns boolean
language sql
stable
parallel safe
as $$
  select coalesce(bool_and(targeted_instance_creation and switched_sites = '{}'), false)
  from identity.tenant_account
  where tenant_id = of_tenant
    and status = 'Ready'
    and deleted is null
$$;
