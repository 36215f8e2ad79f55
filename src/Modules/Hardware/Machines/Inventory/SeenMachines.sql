-- What is known of the machines' last reports.
select id, site_id, report_digest, health_observed
from hardware.machine
where id = any(@ids)
