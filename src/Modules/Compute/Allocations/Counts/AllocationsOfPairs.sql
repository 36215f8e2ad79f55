-- How many allocations each tenant has from its provider; no row for none.
select pair.provider_id, pair.tenant_id, count(*)::integer
from (select distinct provider_id, tenant_id from unnest(@providerIds::uuid[], @tenantIds::uuid[]) as asked (provider_id, tenant_id)) as pair
join compute.allocation as a on a.tenant_id = pair.tenant_id and a.infrastructure_provider_id = pair.provider_id
group by pair.provider_id, pair.tenant_id
