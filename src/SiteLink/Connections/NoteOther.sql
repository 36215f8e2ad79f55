-- returns nothing; another controller answers for the site, and waits for the operator
update sitelink.connection
set other_since = case
    when other_since is not null and other_subject is not distinct from @Subject and other_name is not distinct from @Name then other_since
    else clock_timestamp()
  end,
  other_subject = @Subject,
  other_name = @Name
where site_id = @siteId
  and core = @core
  and (identity_subject is not null or identity_name is not null)
