-- The site has this revision: what it replaced is not needed any more.
delete from compute.operating_system_change
where operating_system_id = @Id
  and revision < @revision
