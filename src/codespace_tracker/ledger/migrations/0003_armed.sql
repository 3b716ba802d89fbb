-- A trigger keeps counting when others of its flag come and go: it is known by what it says, not by its place.

CREATE TABLE armed_by_fingerprint (
    flag            TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,     -- of the trigger as written; another one is an edit
    total_us        INTEGER NOT NULL,  -- running time of all sessions
    at              INTEGER NOT NULL,
    session         INTEGER NOT NULL,
    PRIMARY KEY (flag, fingerprint)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO armed_by_fingerprint SELECT flag, fingerprint, total_us, at, session FROM armed;

DROP TABLE armed;

ALTER TABLE armed_by_fingerprint RENAME TO armed;

-- What fires once and has failed is looked for whenever a run ends.
CREATE INDEX occurrence_failed ON occurrence (flag)
    WHERE scope = 'ever' AND state IN ('failed', 'timed_out', 'interrupted');
