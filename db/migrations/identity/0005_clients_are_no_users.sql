-- A client of an issuer and a person may have the same subject: they are never the same row. Clients that were seen before get a new row.
alter table identity.users add column is_client boolean not null default false;
create unique index users_subject on identity.users (subject, is_client);
alter table identity.users drop constraint users_subject_key;
