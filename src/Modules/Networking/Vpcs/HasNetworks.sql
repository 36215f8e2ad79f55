-- Whether the VPC has subnets or VPC prefixes, in whatever status.
select exists (select 1 from networking.subnet where vpc_id = @id)
    or exists (select 1 from networking.vpc_prefix where vpc_id = @id)
