-- The org's tenant.
select id, org, org_display_name, identity.is_privileged(id) as is_privileged, created, updated
from identity.tenant
where org = @Org
