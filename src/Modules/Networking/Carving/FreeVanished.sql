-- Ranges of what the site no longer reports are free.
delete from networking.occupied_range as occupied
where site_id = @siteId
  and kind = @kind
  and not exists (
    select 1
    from unnest(@present::text[]) as present (id)
    where present.id = occupied.id::text
  )
