-- returns nothing; puts back what refused changes had replaced: the oldest is what the site has
update {table} as now
set ({columns}) = (select {columns} from jsonb_populate_record(null::{table}, now.undo -> 'steps' -> 0)),
    undo = null,
    touched = clock_timestamp(),
    updated = @now
where now.id = @id
