-- returns a dead command as the one who carries it needs it
select id, site_id, kind, resource_id, operation, arguments, after_kinds, after_ids, needs_site, attempts, strikes, unsure
from sitelink.command
where id = @id
  and state = 'Dead'
