-- What is allocated at a site: its machines are counted by it.
create index allocation_site on compute.allocation (site_id);
