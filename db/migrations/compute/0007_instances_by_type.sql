-- The batch that an instance was made in: what is ordered of it comes after the batch's own order.
alter table compute.instance
  add column batch_id uuid;

create index instance_batch on compute.instance (batch_id) where batch_id is not null;

