-- Keeps which of the reported VPCs Nico does not have.
delete from networking.unknown_vpc
where site_id = @siteId
  and id = any(@reported)
  and not (id = any(@unknown));

insert into networking.unknown_vpc (site_id, id)
select @siteId, id
from unnest(@unknown::uuid[]) as unknown (id)
on conflict do nothing;
