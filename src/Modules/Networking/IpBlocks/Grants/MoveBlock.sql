-- Gives a tenant's block the addresses that were carved for it.
update networking.ip_block
set prefix = @prefix::cidr,
    updated = @now
where id = @id
