-- One more order of a provider's accounts.
create index tenant_account_providers_by_number on identity.tenant_account (infrastructure_provider_id, account_number, created, id) where deleted is null;
