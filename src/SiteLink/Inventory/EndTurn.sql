-- returns nothing; the round is over: each part is read at most half of the time, and the next round is due at its time, or earlier if one was
-- asked for meanwhile
update sitelink.poll
set holder = null,
  due = case
    when poked then started + greatest(@closest, (clock_timestamp() - started) * 2)
    else started + greatest(@period, (clock_timestamp() - started) * 2)
  end,
  poke_from = started + greatest(@closest, (clock_timestamp() - started) * 2),
  poked = false,
  ended = clock_timestamp(),
  error = @error
where site_id = @siteId
  and part = @part
  and holder = @holder
