-- Entries by age, for the removal of old ones.
create index status_history_age on compute.status_history (created, id);
