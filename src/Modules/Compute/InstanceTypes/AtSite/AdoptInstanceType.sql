-- Takes over an instance type that was made at the site, unless the provider has one of its name there, or anything here has its id.
insert into compute.instance_type
  (id, name, description, infrastructure_provider_id, site_id, labels, capabilities, status, version, at_site, touched, created, updated)
select
  @id, @name, nullif(@description, ''), @providerId, @siteId, @labels, @capabilities, 'Ready', @version, true, @fence, @now, @now
where not exists (select 1 from compute.allocation where id = @id)
  and not exists (select 1 from compute.allocation_constraint where id = @id)
  and not exists (select 1 from compute.operating_system where id = @id)
  and not exists (select 1 from compute.instance where id = @id)
on conflict do nothing
