-- What alerts said of machines was repeated in their histories, which later tenants of the machines read.
update hardware.status_history
set message = regexp_replace(message, '^(Probe .{0,1000}? forbids allocation): .*$', '\1')
where message like 'Probe % forbids allocation: %';
