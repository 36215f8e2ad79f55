-- returns nothing; connects the site, or moves it
with connected as (
  insert into sitelink.connection
    (site_id, core, endpoint, client_certificate, client_key, authority, client_certificate_pem, client_key_sealed, authority_pem, updated)
  values
    (@siteId, @core, @endpoint, @clientCertificate, @clientKey, @authority, @clientCertificatePem, @clientKeySealed, @authorityPem, @now)
  on conflict (site_id) do update
  set core = excluded.core,
    endpoint = excluded.endpoint,
    client_certificate = excluded.client_certificate,
    client_key = excluded.client_key,
    authority = excluded.authority,
    client_certificate_pem = excluded.client_certificate_pem,
    client_key_sealed = excluded.client_key_sealed,
    authority_pem = excluded.authority_pem,
    updated = excluded.updated
)
insert into sitelink.poll (site_id, part, due, poke_from)
select @siteId, part, clock_timestamp(), clock_timestamp()
from unnest(@parts::text[]) as part
on conflict (site_id, part) do nothing
