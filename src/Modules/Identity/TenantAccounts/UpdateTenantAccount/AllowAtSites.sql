-- Says what the tenant may do by default, and at which sites it is the other way round.
update identity.tenant_account
set targeted_instance_creation = @byDefault,
    switched_sites = @switched,
    updated = @now
where id = @accountId
