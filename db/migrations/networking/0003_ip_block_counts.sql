-- A provider's blocks by status, with those that were carved out for tenants.
create index ip_block_provider_status on networking.ip_block (infrastructure_provider_id, status);
