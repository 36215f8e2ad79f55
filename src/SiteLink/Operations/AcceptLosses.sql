-- returns nothing; what is held back as missing is believed gone by the next round, and nothing else
update sitelink.round
set accepted = array(
  select missing.id
  from jsonb_each_text(round.absent) as missing (id, rounds)
  where missing.rounds::integer >= 2
)
where site_id = @siteId
  and held > 0
