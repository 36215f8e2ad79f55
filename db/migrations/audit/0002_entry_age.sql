-- Entries by age, for the removal of old ones.
create index entry_age on audit.entry (timestamp, id);
