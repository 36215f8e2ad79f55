-- The instance's interfaces.
select *
from compute.interface_row
where instance_id = @InstanceId
  and (@status::text is null or status = @status)
