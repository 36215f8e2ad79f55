-- What of the site's objects cannot be read, in words; null when all can.
alter table hardware.site add column unread text;
