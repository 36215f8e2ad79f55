-- Follows the time of health observations.
update hardware.machine
set health_observed = noted.observed
from unnest(@ids::text[], @observed::timestamptz[]) as noted (id, observed)
where machine.id = noted.id
