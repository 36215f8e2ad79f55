-- returns nothing; the site has a change: what is left to be undone belongs to newer ones
update {table}
set undo = (
      select jsonb_build_object('steps', jsonb_agg(step.value order by step.number))
      from jsonb_array_elements(undo -> 'steps') with ordinality as step (value, number)
      where (step.value ->> 'revision')::integer >= @revision
      having count(*) > 0
    ),
    touched = clock_timestamp()
where id = @id
