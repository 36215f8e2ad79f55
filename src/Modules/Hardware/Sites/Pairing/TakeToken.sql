-- The live site that the token pairs, under a row lock: of two pairings with one token the second finds none.
select id, name, org, status
from hardware.site
where registration_token_hash = @hash
  and registration_token_expiration > statement_timestamp()
  and deleted is null
for no key update
