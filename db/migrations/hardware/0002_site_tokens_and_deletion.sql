-- Tokens were kept readable: those are withdrawn, and can be renewed. From now on the column holds sealed texts, and a pairing
-- finds its site by the token's hash.
update hardware.site
set registration_token = null,
    registration_token_expiration = null;

alter table hardware.site add registration_token_hash bytea;
alter table hardware.site add constraint site_token_whole check (
  (registration_token is null) = (registration_token_hash is null) and (registration_token is null) = (registration_token_expiration is null)
);

create unique index site_registration_token on hardware.site (registration_token_hash) where registration_token_hash is not null;

-- Sites that are deleted, and what is left of them is not removed yet.
create index site_deleted on hardware.site (deleted, id) where deleted is not null;
