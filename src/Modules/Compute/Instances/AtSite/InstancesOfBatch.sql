-- The instances of a batch, in the order in which they were made.
select *
from compute.instance_row
where batch_id = @batchId
order by created, id
