-- returns how each connected site is reached
select site_id, core, client_certificate, client_key, authority
from sitelink.connection
