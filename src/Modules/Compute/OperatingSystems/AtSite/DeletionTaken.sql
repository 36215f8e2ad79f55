-- The site is removing the image: from now on it has so long for that.
update compute.operating_system_site
set deletion_taken = clock_timestamp()
where operating_system_id = @Id
  and site_id = @SiteId
  and status = 'Deleting'
