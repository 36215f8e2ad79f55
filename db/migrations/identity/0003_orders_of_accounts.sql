-- The orders of a provider's and of a tenant's accounts, and the text that is searched.
create index tenant_account_providers on identity.tenant_account (infrastructure_provider_id, created, id) where deleted is null;
create index tenant_account_providers_by_updated on identity.tenant_account (infrastructure_provider_id, updated, created, id) where deleted is null;
create index tenant_account_providers_by_status on identity.tenant_account (infrastructure_provider_id, status, created, id) where deleted is null;
create index tenant_account_words on identity.tenant_account using gin (to_tsvector('english', account_number || ' ' || tenant_org));
