-- The id of the provider's live site of that name.
select id
from hardware.site
where infrastructure_provider_id = @providerId
  and name = @Name
  and deleted is null
