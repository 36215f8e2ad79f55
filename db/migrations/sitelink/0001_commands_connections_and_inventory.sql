create schema sitelink;

-- How the controller of each site is reached.
create table sitelink.connection (
  site_id uuid primary key,
  core text not null,
  client_certificate text,
  client_key text,
  authority text,
  updated timestamptz not null
);

-- Orders to sites. A lane is a site, a kind and a resource: its commands are carried one after another, in the order of seq.
create table sitelink.command (
  id uuid primary key,
  seq bigint generated always as identity,
  site_id uuid not null,
  kind text not null,
  resource_id text not null,
  operation text not null check (operation in ('Create', 'Update', 'Delete', 'Reboot')),
  arguments text,

  -- Lanes whose earlier open commands must be closed before this one is sent.
  after_kinds text[] not null,
  after_ids text[] not null,

  -- False for the deletion of what never reached the site: there is nobody to tell.
  needs_site boolean not null,

  -- Pending: nobody works on it. Sending: holder carries it, until due passes. Done and Dead: closed.
  state text not null check (state in ('Pending', 'Sending', 'Done', 'Dead')),
  outcome text check (outcome in ('Accepted', 'Found', 'NothingToSend', 'NeverSent', 'Replaced', 'Refused', 'GivenUp')),
  attempts integer not null default 0,

  -- Attempts that count towards giving up: those that the site or Nico itself failed, not those that the network lost.
  strikes integer not null default 0,

  -- True when an attempt may have had its effect without the answer being known.
  unsure boolean not null default false,
  holder uuid,

  -- Before this nobody but the holder, or the request that wrote the command, touches it.
  due timestamptz not null,
  error_code text,
  error text,
  created timestamptz not null,
  sent timestamptz,
  closed timestamptz,
  check (closed is null = (state in ('Pending', 'Sending')))
);

create index command_due on sitelink.command (site_id, due, seq) where state in ('Pending', 'Sending');
create index command_lane on sitelink.command (site_id, kind, resource_id, seq);
create index command_dead on sitelink.command (id) where state = 'Dead';
create index command_done on sitelink.command (closed) where state = 'Done';

-- What a deletion or a refusal leaves behind may concern rows of any kind: the next round looks at all of the site again.
create index command_stirring on sitelink.command (site_id, closed) where operation = 'Delete' or outcome in ('Refused', 'GivenUp');

-- Whose turn it is to poll a site. While a round runs, due is the end of the holder's lease.
create table sitelink.poll (
  site_id uuid primary key,
  holder uuid,
  due timestamptz not null,

  -- The earliest start of a round that is asked for out of turn, and whether one was asked for while a round ran.
  poke_from timestamptz not null,
  poked boolean not null default false,
  started timestamptz,
  ended timestamptz,
  error text
);

-- The last round of each kind at each site.
create table sitelink.round (
  site_id uuid not null,
  kind text not null,
  fence timestamptz not null,
  ended timestamptz not null,
  is_complete boolean not null,
  objects integer not null,
  failed integer not null,
  error text,

  -- Kept from the last complete round: id of each object that was absent, and in how many complete rounds in a row.
  absent jsonb not null default '{}',
  held integer not null default 0,
  ids_hash bigint,

  -- When objects of this kind were last removed or flagged.
  stirred timestamptz,
  primary key (site_id, kind)
);

-- What each site last reported of each object, so that what has not changed is not applied again.
create table sitelink.seen (
  site_id uuid not null,
  kind text not null,
  object_id text not null,
  hash bigint,
  applied timestamptz not null,

  -- True when Nico neither knows nor adopts it.
  is_drift boolean not null,
  primary key (site_id, kind, object_id)
);

create index seen_drift on sitelink.seen (site_id, kind, object_id) where is_drift;
