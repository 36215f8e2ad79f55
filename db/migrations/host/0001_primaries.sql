create schema host;

-- The newest timeline of each database system that was seen: a primary on an older one was replaced, and is refused.
create table host.primary (
  system_identifier text primary key,
  timeline integer not null,
  seen timestamptz not null
);
