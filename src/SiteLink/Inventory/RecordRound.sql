-- returns nothing; how the round of a kind went, and what the next one must know
insert into sitelink.round as last
  (site_id, kind, fence, ended, is_complete, objects, failed, over, error, unread_since, unread_rounds, absent, held, held_since, held_reason, ids_hash, stirred)
select @siteId, @kind, @fence, clock_timestamp(), @isComplete, @objects, @failed, @over, @error, case when @isUnread then @fence end, case when @isUnread then 1 else 0 end,
  coalesce(@absent::jsonb, '{}'), @held, case when @held > 0 then @fence end, @heldReason, @idsHash, case when @hasStirred then clock_timestamp() end
from sitelink.connection
where site_id = @siteId
on conflict (site_id, kind) do update
set fence = excluded.fence,
  ended = excluded.ended,
  is_complete = excluded.is_complete,
  objects = excluded.objects,
  failed = excluded.failed,
  over = excluded.over,
  error = excluded.error,
  unread_since = case when @isUnread then coalesce(last.unread_since, excluded.fence) end,
  unread_rounds = case when @isUnread then last.unread_rounds + 1 else 0 end,
  absent = coalesce(@absent::jsonb, last.absent),
  held = case when @isComplete then excluded.held else last.held end,
  held_since = case when @isComplete then case when excluded.held > 0 then coalesce(last.held_since, excluded.fence) end else last.held_since end,
  held_reason = case when @isComplete then excluded.held_reason else last.held_reason end,
  accepted = case when @isComplete and last.accepted = @accepted::text[] then null else last.accepted end,
  ids_hash = coalesce(excluded.ids_hash, last.ids_hash),
  stirred = coalesce(excluded.stirred, last.stirred)
