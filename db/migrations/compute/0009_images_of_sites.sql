-- When a site took the deletion of an image, so that one that it goes on reporting is not waited for without end; and how often the
-- site was lately told again what an image is called.
alter table compute.operating_system_site
  add column deletion_taken timestamptz,
  add column pushes integer not null default 0,
  add column pushes_since timestamptz;

-- Images that are being deleted when they are upgraded begin to be waited for now.
update compute.operating_system_site
set deletion_taken = now()
where status = 'Deleting'
  and at_site;
