-- Whether the site has a routed VPC.
select exists (
  select 1
  from networking.vpc
  where site_id = @SiteId
    and network_virtualization_type = 'FNN'
)
