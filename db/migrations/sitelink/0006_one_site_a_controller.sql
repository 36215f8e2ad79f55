-- One controller is one site's. Of sites that share one from before, the first keeps the address; the others can be paired with their own.
alter table sitelink.connection add column endpoint text;

update sitelink.connection as own
set endpoint = first.endpoint
from (
  select distinct on (endpoint) site_id, endpoint
  from (
    select site_id,
      regexp_replace(
        lower(regexp_replace(core, '^[a-z]+://([^/]*).*$', '\1')) || case
          when core ~ ':[0-9]+/?$' then ''
          when core like 'https:%' then ':443'
          else ':80'
        end,
        '^localhost:', '127.0.0.1:') as endpoint
    from sitelink.connection
  ) as every
  order by endpoint, site_id
) as first
where first.site_id = own.site_id;

create unique index connection_endpoint on sitelink.connection (endpoint);
