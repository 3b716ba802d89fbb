-- Time that is imported is in the total, and never passed here: the running clock, by which deadlines go, is without it.
-- What was imported before this is in both: the clock never goes back. So the columns total_us, considered_us and
-- retry_us, which were the running time of all sessions, are of this clock from now on.

ALTER TABLE tracker ADD COLUMN imported_us INTEGER NOT NULL DEFAULT 0;
