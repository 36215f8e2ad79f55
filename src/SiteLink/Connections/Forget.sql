-- returns how many rows there were; removes some of what is kept of the site
with connection as (
  delete from sitelink.connection
  where site_id = @siteId
  returning 1
),
poll as (
  delete from sitelink.poll
  where site_id = @siteId
  returning 1
),
round as (
  delete from sitelink.round
  where site_id = @siteId
  returning 1
),
seen as (
  delete from sitelink.seen
  where ctid = any(array(
    select ctid
    from sitelink.seen
    where site_id = @siteId
    limit @most
  ))
  returning 1
),
command as (
  delete from sitelink.command
  where id in (
    select id
    from sitelink.command
    where site_id = @siteId
    limit @most
  )
  returning 1
)
select ((select count(*) from connection) + (select count(*) from poll) + (select count(*) from round)
  + (select count(*) from seen) + (select count(*) from command))::integer
