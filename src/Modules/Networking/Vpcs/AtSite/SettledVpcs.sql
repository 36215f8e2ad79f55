-- The VPCs among these about which the report says something.
select *
from networking.vpc_row
where id = any(@ids)
  and site_id = @siteId
  and touched < @fence
  and status = 'Ready'
  and undo is null
