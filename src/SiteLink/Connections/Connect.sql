-- returns nothing; connects the site, or moves it. A new controller's identity is kept when it first answers: a pairing accepts whoever that is
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
    identity_subject = case when @isPairing then null else connection.identity_subject end,
    identity_name = case when @isPairing then null else connection.identity_name end,
    other_since = case when @isPairing then null else connection.other_since end,
    other_subject = case when @isPairing then null else connection.other_subject end,
    other_name = case when @isPairing then null else connection.other_name end,
    updated = excluded.updated
)
insert into sitelink.poll (site_id, part, due, poke_from)
select @siteId, part, clock_timestamp(), clock_timestamp()
from unnest(@parts::text[]) as part
on conflict (site_id, part) do nothing
