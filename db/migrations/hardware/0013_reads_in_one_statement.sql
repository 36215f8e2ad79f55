-- A read is one statement: the newest entries of a resource's history come with its row.
create function hardware.newest_history(of_kind text, of_resource text, entries int)
returns jsonb
language sql
stable
parallel safe
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'status', entry.status,
        'message', entry.message,
        'created', to_char(entry.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updated', to_char(entry.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
      order by entry.created desc, entry.id desc),
    '[]'::jsonb)
  from (
    select id, status, message, created
    from hardware.status_history
    where kind = of_kind
      and resource_id = of_resource
    order by created desc, id desc
    limit entries
  ) as entry
$$;
