-- returns nothing; a new command at the end of its lane
insert into sitelink.command (id, site_id, kind, resource_id, operation, arguments, after_kinds, after_ids, needs_site, state, due, created)
values (@id, @siteId, @kind, @resourceId, @operation, @arguments, @afterKinds, @afterIds, @needsSite, 'Pending', clock_timestamp() + @wait, @now)
