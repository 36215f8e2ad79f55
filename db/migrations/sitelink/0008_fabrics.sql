-- The networks that the site's controller takes prefixes and segments from, as it last said; null until it has, and empty when it names none.
alter table sitelink.connection
  add column fabric_prefixes text[];
