-- Another of the provider's at the site that may get the name back.
select id
from compute.instance_type
where infrastructure_provider_id = @InfrastructureProviderId
  and site_id = @SiteId
  and id <> @Id
  and undo @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('name', @Name::text)))
limit 1
