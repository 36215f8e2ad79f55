-- What is left of these networks is this transaction's to take until it ends.
select pg_advisory_xact_lock(hashtextextended('interfaces/' || id::text, 0))
from unnest(@networks::uuid[]) as network (id)
