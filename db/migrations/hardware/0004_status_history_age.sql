-- Entries by age, for the removal of old ones.
create index status_history_age on hardware.status_history (created, id);
