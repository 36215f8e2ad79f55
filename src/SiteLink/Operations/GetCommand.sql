-- returns a command
select id, site_id, kind, resource_id, operation, state, outcome, attempts, error_code, error, created, sent,
  case when closed is null then due end as due, closed
from sitelink.command
where id = @id
