-- Credentials that came with a pairing, as PEM; the key is sealed. A connection has either these or files.
alter table sitelink.connection add client_certificate_pem text;
alter table sitelink.connection add client_key_sealed text;
alter table sitelink.connection add authority_pem text;
alter table sitelink.connection add constraint connection_key_with_certificate check (
  (client_certificate_pem is null) = (client_key_sealed is null)
);
