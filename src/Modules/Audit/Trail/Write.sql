-- Writes an entry, or how its request ended after all.
insert into audit.entry
  (id, endpoint, query_params, method, body, status_code, status_message, client_ip, user_id, org_name, timestamp, duration_ms, api_version)
values
  (@id, @endpoint, @queryParams::jsonb, @method, @body::jsonb, @status, @message, @clientIp, @userId, @org, @began, @durationMs, @version)
on conflict (id) do update
set body = excluded.body,
    status_code = excluded.status_code,
    status_message = excluded.status_message,
    duration_ms = excluded.duration_ms
