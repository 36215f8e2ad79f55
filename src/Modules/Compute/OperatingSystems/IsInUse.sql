-- Whether an instance uses the operating system, or would again should its site refuse a change of it.
select exists (select 1 from compute.instance where operating_system_id = @id)
    or exists (
      select 1
      from compute.instance
      where undo @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('operatingSystemId', @id::text)))
    )
