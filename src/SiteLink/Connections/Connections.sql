-- returns how each connected site is reached
select site_id, core, client_certificate, client_key, authority, client_certificate_pem, client_key_sealed, authority_pem
from sitelink.connection
