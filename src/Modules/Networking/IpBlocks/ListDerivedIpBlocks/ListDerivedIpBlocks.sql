-- The blocks that were carved out of this one.
select ip_block.*, networking.newest_history('ip-block', ip_block.id::text, @entries) as history
from networking.ip_block_row as ip_block
where source_id = @Id
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
