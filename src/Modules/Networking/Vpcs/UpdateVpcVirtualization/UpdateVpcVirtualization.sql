-- Makes the VPC FNN, and remembers what it was.
update networking.vpc
set virtualization_before = network_virtualization_type,
    network_virtualization_type = 'FNN',
    status = 'Configuring',
    touched = clock_timestamp(),
    updated = @Updated
where id = @Id
