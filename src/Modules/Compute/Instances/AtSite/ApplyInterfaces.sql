-- Writes what the site says of interfaces. Addresses come as one text each, parted by blanks.
update compute.interface as now
set mac_address = seen.mac,
    ip_addresses = string_to_array(seen.addresses, ' '),
    requested_ip_address = seen.requested,
    virtual_function_id = seen.function,
    status = seen.status,
    updated = @now
from unnest(@ids::uuid[], @macs::text[], @addresses::text[], @requested::text[], @functions::int[], @statuses::text[])
  as seen (id, mac, addresses, requested, function, status)
where now.id = seen.id
