-- A VPC at the site, which cannot be deleted while the transaction lasts.
select
  id, name, description, org, tenant_id, site_id, infrastructure_provider_id, network_virtualization_type, routing_profile, requested_vni,
  active_vni, network_security_group_id, nvlink_logical_partition_id, labels, status, status_before_deletion, is_missing_on_site, at_site,
  revision, undo, created, updated
from networking.vpc
where id = @id
  and site_id = @siteId
for share
