-- Flags machines as missing; those that were not flagged yet. Who holds them goes on holding them.
update hardware.machine
set status = 'Error',
    status_message = @message,
    is_usable_by_tenant = false,
    is_missing_on_site = true,
    missing_since = @now,
    report_digest = null,
    updated = @now
where site_id = @siteId
  and id = any(@ids)
  and not is_missing_on_site
  and created < @fence
  and (touched is null or touched < @fence)
returning id
