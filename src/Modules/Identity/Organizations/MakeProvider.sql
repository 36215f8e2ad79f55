-- Makes the org's provider unless it exists.
insert into identity.infrastructure_provider (id, org, org_display_name, created, updated, created_by)
values (@id, @org, @name, @now, @now, @by)
on conflict (org) do nothing
