-- A part of an object has a lane of its own (machine/labels): whether an object was touched by a command is asked for all its lanes.
create index command_resource on sitelink.command (site_id, resource_id);
