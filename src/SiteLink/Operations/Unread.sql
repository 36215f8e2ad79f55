-- returns the kinds that cannot be read
select site_id, kind, unread_since as since, unread_rounds as rounds, error as reason
from sitelink.round
where unread_since is not null
order by site_id, kind
