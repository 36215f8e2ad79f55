-- Takes over what the site says of its instances, where it is news: what was written, and which of it belongs into the history. An instance
-- that is being released stays so, whatever its site says; one that has not told its site of a change is not ready with it, and one
-- whose machine is repaired by our order is Repairing until we end that: sites call it Ready meanwhile.
update compute.instance as now
set status = case
      when now.status = 'Terminating'
        or now.status = 'Configuring' and now.undo is not null and reported.status = 'Ready'
        or now.status = 'Repairing' and reported.status = 'Ready' and jsonb_exists(now.labels, 'onlineRepair.allowAutoInstanceDeletionOnFailure')
      then now.status
      else coalesce(reported.status, now.status)
    end,
    power_status = case when reported.status = 'Ready' and now.status <> 'Terminating' then 'BootCompleted' else now.power_status end,
    is_update_pending = reported.waiting,
    tpm_ek_certificate = coalesce(reported.certificate, now.tpm_ek_certificate),
    at_site = true,
    is_missing_on_site = false,
    updated = @now
from unnest(@ids::uuid[], @statuses::text[], @waiting::boolean[], @updating::boolean[], @certificates::text[])
    as reported (id, status, waiting, updating, certificate),
  compute.instance as was
where now.id = reported.id
  and was.id = now.id
  and now.site_id = @siteId
  and now.touched < @fence
  and (
    (
      now.status <> 'Terminating'
      and now.status <> reported.status
      and not (now.status = 'Configuring' and now.undo is not null and reported.status = 'Ready')
      and not (
        now.status = 'Repairing'
        and reported.status = 'Ready'
        and coalesce(jsonb_exists(now.labels, 'onlineRepair.allowAutoInstanceDeletionOnFailure'), false)
      )
    )
    or (now.status <> 'Terminating' and reported.status = 'Ready' and now.power_status <> 'BootCompleted')
    or now.is_update_pending <> reported.waiting
    or now.tpm_ek_certificate is distinct from coalesce(reported.certificate, now.tpm_ek_certificate)
    or not now.at_site
    or now.is_missing_on_site
  )
returning
  now.id,
  now.status,
  was.status <> now.status as is_news,
  was.power_status <> now.power_status as is_up,
  was.is_update_pending and not reported.updating as is_updated
