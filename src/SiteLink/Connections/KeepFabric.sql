-- returns nothing; keeps the networks that the controller at this address takes prefixes from
update sitelink.connection
set fabric_prefixes = @prefixes
where site_id = @siteId
  and core = @core
  and fabric_prefixes is distinct from @prefixes
