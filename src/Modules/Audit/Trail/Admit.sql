-- Writes an entry that has yet to be completed. Not awaited on disk: it is to outlive this process, and not the database's machine.
insert into audit.entry
  (id, endpoint, query_params, method, body, status_code, status_message, client_ip, user_id, org_name, timestamp, duration_ms, api_version)
values
  (@id, @endpoint, @queryParams::jsonb, @method, @body::jsonb, @status, @message, @clientIp, @userId, @org, @began, @durationMs, @version);
set local synchronous_commit = off
