-- One entry of the org.
select id, endpoint, query_params, method, body, status_code, status_message, client_ip, user_id, org_name, timestamp, duration_ms, api_version
from audit.entry
where id = @id
  and org_name = @Org
