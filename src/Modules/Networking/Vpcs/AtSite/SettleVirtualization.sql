-- The site has made the VPC another way, or has refused to: then it is what it was. The status; nothing when no change was on its way.
update networking.vpc
set network_virtualization_type = case when @isTaken then network_virtualization_type else virtualization_before end,
    virtualization_before = null,
    status = case when status = 'Configuring' then 'Ready' else status end,
    status_before_deletion = case when status_before_deletion = 'Configuring' then 'Ready' else status_before_deletion end,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and virtualization_before is not null
returning status
