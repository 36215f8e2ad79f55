-- What networks take up at a site that Nico does not have: nothing is given out of it. An object may have several ranges.
create table networking.occupied_range (
  site_id uuid not null,
  kind text not null check (kind in ('vpc-prefix', 'subnet')),
  id uuid not null,
  prefix cidr not null,
  primary key (site_id, kind, id, prefix)
);

create index occupied_range_prefix on networking.occupied_range using gist (site_id, prefix inet_ops);

-- VPCs that sites have and Nico does not: nobody may choose their ids.
create table networking.unknown_vpc (
  site_id uuid not null,
  id uuid not null,
  primary key (site_id, id)
);

create index unknown_vpc_id on networking.unknown_vpc (id);
