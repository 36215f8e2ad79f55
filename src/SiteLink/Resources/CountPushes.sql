-- Counts one more correction for each object that has had fewer than three lately, and was not touched meanwhile; their ids.
update {table}
set pushes = case when pushes_since < @since or pushes_since is null then 1 else pushes + 1 end,
    pushes_since = case when pushes_since < @since or pushes_since is null then @now else pushes_since end,
    touched = clock_timestamp()
where id = any(@ids)
  and status = 'Ready'
  and undo is null
  and touched < @fence
  and (pushes < 3 or pushes_since < @since)
returning id
