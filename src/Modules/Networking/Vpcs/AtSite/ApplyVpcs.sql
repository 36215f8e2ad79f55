-- Takes over what the site says of its VPCs, where it is news; the ids of those that became Ready by it. One of
-- another org is another VPC, whatever its id.
update networking.vpc as now
set status = 'Ready',
    at_site = true,
    is_missing_on_site = false,
    active_vni = coalesce(reported.vni, now.active_vni),
    network_virtualization_type = coalesce(reported.type, now.network_virtualization_type),
    routing_profile = case when reported.known then reported.profile else now.routing_profile end,
    updated = @now
from unnest(@ids::uuid[], @orgs::text[], @vnis::int[], @types::text[], @profiles::text[], @known::boolean[])
    as reported (id, org, vni, type, profile, known),
  networking.vpc as was
where now.id = reported.id
  and was.id = now.id
  and now.site_id = @siteId
  and reported.org in (now.org, '')
  and now.touched < @fence
  and now.status <> 'Deleting'
  and now.virtualization_before is null
  and (
    now.status <> 'Ready'
    or now.is_missing_on_site
    or not now.at_site
    or now.active_vni is distinct from coalesce(reported.vni, now.active_vni)
    or now.network_virtualization_type is distinct from coalesce(reported.type, now.network_virtualization_type)
    or reported.known and now.routing_profile is distinct from reported.profile
  )
returning case when was.status <> 'Ready' then now.id end
