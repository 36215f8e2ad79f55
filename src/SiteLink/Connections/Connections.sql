-- returns how each connected site is reached, and who its controller is
select site_id, core, client_certificate, client_key, authority, client_certificate_pem, client_key_sealed, authority_pem,
  identity_subject, identity_name, other_since is not null as has_other
from sitelink.connection
