-- Whether anything was carved out of one of the blocks. A network whose site refused it has given its part back and still names its block.
select exists (select 1 from networking.carving where block_id = any(@ids))
    or exists (select 1 from networking.subnet where ipv4_block_id = any(@ids))
    or exists (select 1 from networking.vpc_prefix where ip_block_id = any(@ids))
