-- returns nothing; the round is over, and the next one is due at its time, or earlier if one was asked for meanwhile
update sitelink.poll
set holder = null,
  due = case when poked then greatest(@pokeFrom, @now) else @next end,
  poke_from = @pokeFrom,
  poked = false,
  ended = @now,
  error = @error
where site_id = @siteId
  and part = @part
  and holder = @holder
