-- The org's tenant.
select id, org, org_display_name, targeted_instance_creation, created, updated
from identity.tenant
where org = @Org
