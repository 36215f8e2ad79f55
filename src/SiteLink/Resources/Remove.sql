-- returns nothing; removes the rows
delete from {table}
where id = any(@ids)
