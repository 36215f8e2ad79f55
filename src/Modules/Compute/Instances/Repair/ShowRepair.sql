-- Shows the beginning or the end of a repair; the status as it is now.
update compute.instance
set status = case
      when status = 'Ready' and @isRepairing then 'Repairing'
      when status = 'Repairing' and not @isRepairing then 'Ready'
      else status
    end,
    labels = case
      when @value::text is null then labels - @label::text
      else coalesce(labels, '{}') || jsonb_build_object(@label::text, @value::text)
    end,
    touched = clock_timestamp(),
    updated = @now
where id = @instanceId
returning status
