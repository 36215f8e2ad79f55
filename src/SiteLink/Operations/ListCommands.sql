-- returns commands, newest first
select id, site_id, kind, resource_id, operation, state, outcome, attempts, error_code, error, created, sent,
  case when closed is null then due end as due, closed
from sitelink.command
where (@state::text is null or state = @state)
  and (@siteId::uuid is null or site_id = @siteId)
  and (@after::uuid is null or id < @after)
order by id desc
limit @pageSize
