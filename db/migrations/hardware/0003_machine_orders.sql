-- What was ordered of a machine and its site has not taken yet: shown in place of what the site reports, until the site has answered.
-- The number of the order tells whether a later one has taken its place.
alter table hardware.machine
  add column ordered_labels jsonb,
  add column labels_order uuid,
  add column ordered_maintenance boolean,
  add column maintenance_order uuid,
  add check ((ordered_labels is null) = (labels_order is null)),
  add check ((ordered_maintenance is null) = (maintenance_order is null));
