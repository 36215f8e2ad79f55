-- Counts one more correction for each image that has had fewer than three lately, and was not touched meanwhile; their ids.
update compute.operating_system_site as site
set pushes = case when pushes_since < @since or pushes_since is null then 1 else pushes + 1 end,
    pushes_since = case when pushes_since < @since or pushes_since is null then @now else pushes_since end,
    touched = clock_timestamp()
where operating_system_id = any(@ids)
  and site_id = @siteId
  and status = 'Synced'
  and touched < @fence
  and (pushes < 3 or pushes_since < @since)
  and not exists (select 1 from compute.operating_system_change as change where change.operating_system_id = site.operating_system_id)
returning operating_system_id
