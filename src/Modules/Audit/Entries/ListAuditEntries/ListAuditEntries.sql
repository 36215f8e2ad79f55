-- The org's audit entries.
select id, endpoint, query_params, method, body, status_code, status_message, client_ip, user_id, org_name, timestamp, duration_ms, api_version
from audit.entry
where org_name = @Org
  and (not @failedOnly or status_code >= 400)
