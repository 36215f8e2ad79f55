-- The VNI that the site chose; never back to null.
update networking.vpc
set active_vni = coalesce(@vni, active_vni)
where id = @id
