-- Takes the machine from the instance, if that has it; its status when that changed. What its site says against it stays.
update hardware.machine
set instance_id = null,
    tenant_id = null,
    status = case
      when status in ('Maintenance', 'Error') then status
      when @needsReset then 'Reset'
      else 'Ready'
    end,
    status_message = case when status in ('Maintenance', 'Error') then status_message else @message end,
    is_resetting = @needsReset,
    report_digest = null,
    touched = @now,
    updated = @now
where id = @id
  and instance_id = @instanceId
returning case when status_message = @message then status end
