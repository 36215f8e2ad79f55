create schema audit;

-- One mutating request each; never changed once its request is over.
create table audit.entry (
  id uuid primary key,
  endpoint text not null,
  query_params jsonb not null,
  method text not null,
  body jsonb not null,
  status_code integer not null,
  status_message text not null,
  client_ip text not null,
  user_id uuid,
  org_name text not null,
  extra_data jsonb not null default '{}',
  timestamp timestamptz not null,
  duration_ms bigint not null,
  api_version text not null
);

create index entry_org on audit.entry (org_name, timestamp, id);
create index entry_org_failed on audit.entry (org_name, timestamp, id) where status_code >= 400;
