-- The instance's status and the label of its repair, locked.
select status, labels ->> @label as label
from compute.instance
where id = @instanceId
for update
