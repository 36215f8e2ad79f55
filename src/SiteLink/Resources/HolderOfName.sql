-- Another of the owner's at the site that has the name, or may get it back.
select id
from {table}
where {owner} = @ownerId
  and site_id = @siteId
  and id <> @id
  and name = @name
union all
select id
from {table}
where {owner} = @ownerId
  and site_id = @siteId
  and id <> @id
  and undo @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('name', @name::text)))
limit 1
