-- The id of the user with the subject @Subject, made or refreshed when due. No row when another request is just inserting it.
with signed_in as (
  insert into identity.users as known (id, subject, is_client, email, first_name, last_name, created, updated)
  values (@id, @Subject, @IsClient, @Email, @FirstName, @LastName, @now, @now)
  on conflict (subject, is_client) do update
  set email = excluded.email,
      first_name = excluded.first_name,
      last_name = excluded.last_name,
      updated = excluded.updated
  where known.updated < @stale
    or (known.email, known.first_name, known.last_name) is distinct from (excluded.email, excluded.first_name, excluded.last_name)
  returning id
)
select id from signed_in
union all
select id from identity.users where subject = @Subject and is_client = @IsClient
limit 1
