-- Entries by age, for the removal of old ones.
create index status_history_age on networking.status_history (created, id);
