-- What is known of the machines' last reports.
select id, site_id, report_digest, case when report_digest is not null then report_hash end as report_hash, health_observed
from hardware.machine
where id = any(@ids)
