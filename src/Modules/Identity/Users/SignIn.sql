-- The id of the user with the subject @Subject, made or refreshed when due. No row when another request is just inserting it.
with signed_in as (
  insert into identity.users as known (id, subject, email, first_name, last_name, created, updated)
  values (@id, @Subject, @Email, @FirstName, @LastName, @now, @now)
  on conflict (subject) do update
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
select id from identity.users where subject = @Subject
limit 1
