-- Makes the org's provider, or follows its display name; touches nothing when the name is the same.
insert into identity.infrastructure_provider as known (id, org, org_display_name, created, updated, created_by)
values (@id, @Org, @name, @now, @now, @by)
on conflict (org) do update
set org_display_name = excluded.org_display_name,
    updated = excluded.updated
where known.org_display_name is distinct from excluded.org_display_name
