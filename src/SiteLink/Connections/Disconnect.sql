-- returns nothing; ends all talk with the site
with connection as (
  delete from sitelink.connection
  where site_id = @siteId
),
poll as (
  delete from sitelink.poll
  where site_id = @siteId
)
delete from sitelink.round
where site_id = @siteId
