-- Whether anything was carved out of one of the blocks.
select exists (
  select 1
  from networking.carving
  where block_id = any(@ids)
)
