-- The site is removing the image: from now on it has so long for that.
update compute.operating_system_site
set deletion_taken = @now
where operating_system_id = @Id
  and site_id = @SiteId
  and status = 'Deleting'
