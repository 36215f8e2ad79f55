-- returns nothing; forgets the site and what it reported, but no command
with connection as (
  delete from sitelink.connection
  where site_id = @siteId
),
poll as (
  delete from sitelink.poll
  where site_id = @siteId
),
round as (
  delete from sitelink.round
  where site_id = @siteId
)
delete from sitelink.seen
where site_id = @siteId
