-- Keeps what is about to be replaced; the site, the new revision, and how many changes wait for the site now.
update {table} as now
set undo = jsonb_build_object('steps', coalesce(now.undo -> 'steps', '[]'::jsonb) || (
      select jsonb_object_agg(replaced.key, replaced.value)
      from jsonb_each(to_jsonb(now) - 'undo') as replaced (key, value)
      where replaced.key = any('{revision,{columns}}')
    )),
    revision = now.revision + 1,
    touched = clock_timestamp()
where now.id = @id
returning now.site_id, now.revision, jsonb_array_length(now.undo -> 'steps') as waiting
