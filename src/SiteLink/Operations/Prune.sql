-- returns nothing; removes some of the commands that have been done long enough
delete from sitelink.command
where id in (
  select id
  from sitelink.command
  where state = 'Done'
    and closed < statement_timestamp() - @keep
  order by closed
  limit @most
  for update skip locked
)
