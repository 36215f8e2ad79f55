-- The org's provider.
select id, org, org_display_name, created, updated
from identity.infrastructure_provider
where org = @Org
