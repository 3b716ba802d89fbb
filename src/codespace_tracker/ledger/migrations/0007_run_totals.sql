-- How often each trigger ran, and how long: for counters that never go back, though old runs are forgotten.

CREATE TABLE run_total (
    flag            TEXT NOT NULL,
    label           TEXT NOT NULL,
    result          TEXT NOT NULL,
    runs            INTEGER NOT NULL,
    duration_us     INTEGER NOT NULL,  -- of all of them
    last_ended_at   INTEGER NOT NULL,
    last_us         INTEGER NOT NULL,  -- how long the last one took
    PRIMARY KEY (flag, label, result)
) STRICT, WITHOUT ROWID;

-- in SQLite a bare column beside one max() is of the row that has it
INSERT INTO run_total
    SELECT flag, label, result, n, all_us, at, us FROM (
        SELECT o.flag, o.label, r.result, count(*) AS n, sum(coalesce(r.duration_us, 0)) AS all_us,
               max(r.ended_at) AS at, coalesce(r.duration_us, 0) AS us
        FROM run r JOIN occurrence o ON o.id = r.occurrence WHERE r.result IS NOT NULL GROUP BY 1, 2, 3
    );

CREATE TRIGGER run_ended AFTER UPDATE OF result ON run WHEN OLD.result IS NULL AND NEW.result IS NOT NULL
BEGIN
    INSERT INTO run_total
        SELECT flag, label, NEW.result, 1, coalesce(NEW.duration_us, 0), NEW.ended_at, coalesce(NEW.duration_us, 0)
        FROM occurrence WHERE id = NEW.occurrence
    ON CONFLICT DO UPDATE SET runs = runs + 1, duration_us = duration_us + excluded.duration_us,
        last_ended_at = excluded.last_ended_at, last_us = excluded.last_us;
END;
