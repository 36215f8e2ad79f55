-- Who the controller of each site is, as it showed itself when it first answered, and who answered in its place since: nothing is sent to
-- that one before an operator has accepted it.
alter table sitelink.connection
  add column identity_subject text,
  add column identity_name text,
  add column other_subject text,
  add column other_name text,
  add column other_since timestamptz;

-- Since when so much is missing at once that it is not believed gone, in words, and the ids of which an operator says that they are.
alter table sitelink.round
  add column held_since timestamptz,
  add column held_reason text,
  add column accepted text[];
