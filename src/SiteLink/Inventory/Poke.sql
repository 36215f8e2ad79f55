-- returns nothing; asks for rounds of all parts out of turn: as soon as it may be, or right after the one that runs
update sitelink.poll
set due = case when holder is null then least(due, greatest(poke_from, @now)) else due end,
  poked = holder is not null
where site_id = @siteId
