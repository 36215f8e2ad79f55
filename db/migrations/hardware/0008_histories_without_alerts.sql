-- What alerts said of machines was repeated in their histories, which later tenants of the machines read.
update hardware.status_history
set message = split_part(message, ' forbids allocation: ', 1) || ' forbids allocation'
where message like 'Probe % forbids allocation: %';
