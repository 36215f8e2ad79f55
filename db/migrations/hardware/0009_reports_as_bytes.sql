-- Hash of the bytes in which the machine was reported when its row was written: a report in the same ones need not be read.
-- It counts while report_digest is set.
alter table hardware.machine add report_hash bigint;
