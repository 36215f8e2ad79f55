-- Makes the account Ready, with the caller as its contact.
update identity.tenant_account
set status = 'Ready',
    tenant_contact_id = @by,
    updated = @now
where id = @AccountId
