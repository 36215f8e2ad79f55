-- Holds names of the tenant at the site, in an order that is everybody's, until the transaction ends.
select pg_advisory_xact_lock(hashtextextended('instance/' || @tenantId::text || '/' || @siteId::text || '/' || name, 0))
from (select name from unnest(@names::text[]) as wanted (name) order by name) as ordered
