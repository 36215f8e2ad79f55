-- Removes tenants' blocks.
delete from networking.ip_block
where id = any(@ids)
  and tenant_id is not null
