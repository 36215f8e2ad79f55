-- The site has the image; where it stands follows, unless it is to go or a newer version is on its way.
update compute.operating_system_site
set status = case
      when status = 'Deleting' then status
      when exists (select 1 from compute.operating_system_change where operating_system_id = @Id) then 'Syncing'
      else @status
    end,
    at_site = true,
    is_missing_on_site = false,
    touched = clock_timestamp(),
    updated = @now
where operating_system_id = @Id
  and site_id = @SiteId
