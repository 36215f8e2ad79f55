-- Makes the org's tenant, or follows its display name; its id when something changed.
insert into identity.tenant as known (id, org, org_display_name, created, updated, created_by)
values (@id, @Org, @name, @now, @now, @by)
on conflict (org) do update
set org_display_name = excluded.org_display_name,
    updated = excluded.updated
where known.org_display_name is distinct from excluded.org_display_name
returning id
