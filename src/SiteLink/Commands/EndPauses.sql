-- returns nothing; what failed while the site was away is due now
update sitelink.command
set due = clock_timestamp()
where site_id = @siteId
  and state = 'Pending'
  and attempts > 0
  and due > statement_timestamp()
