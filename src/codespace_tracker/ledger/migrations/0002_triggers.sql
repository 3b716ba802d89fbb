-- Triggers: what became due, every attempt to act on it, and the flags that we placed.

-- Up to where edges have been looked at. In the row of the session, so that a heartbeat still writes one row.
ALTER TABLE session ADD COLUMN considered_us INTEGER NOT NULL DEFAULT 0;     -- running time of all sessions
ALTER TABLE session ADD COLUMN considered_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN start_considered INTEGER NOT NULL DEFAULT 0;  -- whether this session's start was

-- Since when a trigger counts. `n` tells triggers of one flag apart.
CREATE TABLE armed (
    flag            TEXT NOT NULL,
    n               INTEGER NOT NULL,
    fingerprint     TEXT NOT NULL,     -- of the trigger as written; another one is an edit
    total_us        INTEGER NOT NULL,  -- running time of all sessions
    at              INTEGER NOT NULL,
    session         INTEGER NOT NULL,
    PRIMARY KEY (flag, n)
) STRICT, WITHOUT ROWID;

-- One time that a trigger became due.
CREATE TABLE occurrence (
    id              INTEGER PRIMARY KEY,
    flag            TEXT NOT NULL,
    label           TEXT NOT NULL,
    generation      INTEGER NOT NULL,  -- how often the flag was re-armed
    scope           TEXT NOT NULL,     -- edge, session:3, day:2026-11-24, month:2026-11-01, ever
    point           INTEGER NOT NULL,
    session         INTEGER NOT NULL,  -- the number of the one in which it was claimed
    due_at          INTEGER NOT NULL,
    claimed_at      INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'timed_out',
                                                   'interrupted', 'skipped')),
    reason          TEXT NOT NULL DEFAULT '',
    attempts        INTEGER NOT NULL DEFAULT 0,
    retry_us        INTEGER,           -- waiting: the running time of all sessions at which it is tried again
    tracker_id      TEXT NOT NULL,
    UNIQUE (flag, generation, scope, point)
) STRICT;

CREATE INDEX occurrence_open ON occurrence (state) WHERE state IN ('queued', 'running', 'waiting');
CREATE INDEX occurrence_scope ON occurrence (scope) WHERE scope <> 'edge';
CREATE INDEX occurrence_claimed ON occurrence (claimed_at);
CREATE INDEX occurrence_of_flag ON occurrence (flag);  -- the newest of a flag, without a look at all of them

-- One attempt.
CREATE TABLE run (
    id              INTEGER PRIMARY KEY,
    occurrence      INTEGER NOT NULL REFERENCES occurrence (id) ON DELETE CASCADE,
    attempt         INTEGER NOT NULL,
    name            TEXT NOT NULL UNIQUE,  -- of its files in runs/
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    duration_us     INTEGER,
    result          TEXT CHECK (result IN ('succeeded', 'failed', 'timed_out', 'interrupted')),
    exit_code       INTEGER,
    signal          INTEGER,
    detail          TEXT NOT NULL DEFAULT '',
    CHECK ((result IS NULL) = (ended_at IS NULL))
) STRICT;

CREATE INDEX run_of_occurrence ON run (occurrence);
CREATE INDEX run_open ON run (id) WHERE result IS NULL;

-- A flag of ours. It is written down before the file is placed and before it is removed.
CREATE TABLE flag_placed (
    flag            TEXT PRIMARY KEY,
    state           TEXT NOT NULL CHECK (state IN ('placing', 'placed', 'removing')),
    scope           TEXT NOT NULL,
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Set by a rebuild: what is due at the next look was due meanwhile, and may have been acted on.
CREATE TABLE restored (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    at              INTEGER NOT NULL
) STRICT;

-- How often a flag was re-armed, where it was.
CREATE TABLE generation (
    flag            TEXT PRIMARY KEY,
    n               INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
