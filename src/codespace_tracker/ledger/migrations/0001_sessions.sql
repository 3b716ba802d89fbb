-- Sessions, their spans, and the journal of what happened.
-- _at: UTC instant in µs since the epoch. _us: microseconds. One migration is one transaction, run by migrate.py.

CREATE TABLE tracker (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    tracker_id      TEXT NOT NULL,     -- UUID, minted at the first session and anew in a copy
    environment     TEXT NOT NULL,     -- a kind of machine/environment.py; changes only to a stronger one
    codespace_name  TEXT NOT NULL,     -- the codespace's or workspace's name, empty where there is none
    user_name       TEXT NOT NULL,
    repository      TEXT NOT NULL,
    before_us       INTEGER NOT NULL   -- running time of all sessions but the newest: no reader ever sums history
) STRICT;

CREATE TABLE session (
    number          INTEGER PRIMARY KEY,
    session_id      TEXT NOT NULL UNIQUE,
    tracker_id      TEXT NOT NULL,     -- the tracker that made the row, and the only one that may change it
    boot_id         TEXT NOT NULL,
    pid1_start_us   INTEGER,           -- on the boot clock; NULL where it could not be read
    started_at      INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,  -- the last heartbeat: wall clock,
    last_mono_us    INTEGER NOT NULL,  -- monotonic clock,
    last_boot_us    INTEGER NOT NULL,  -- boot clock
    running_us      INTEGER NOT NULL CHECK (running_us >= 0),
    ending          TEXT CHECK (ending IN ('paused', 'clean', 'recovered')),
    ended_at        INTEGER,
    CHECK ((ending IS NULL) = (ended_at IS NULL))
) STRICT;

CREATE INDEX session_started ON session (started_at);

-- A heartbeat writes one row of session and none here: the newest span ends with its session's running time.
CREATE TABLE span (
    session         INTEGER NOT NULL REFERENCES session (number),
    n               INTEGER NOT NULL,
    started_at      INTEGER NOT NULL,
    offset_us       INTEGER NOT NULL,  -- running time of the session when the span began
    cores           INTEGER NOT NULL,
    running_us      INTEGER,           -- NULL while it is the newest span of the newest session
    ended_at        INTEGER GENERATED ALWAYS AS (started_at + running_us) VIRTUAL,
    PRIMARY KEY (session, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX span_ended ON span (ended_at) WHERE running_us IS NOT NULL;
CREATE INDEX span_open ON span (session) WHERE running_us IS NULL;

-- Append-only, gapless; written in the same transaction as what it tells.
CREATE TABLE journal (
    seq             INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    session         INTEGER,
    detail          TEXT NOT NULL      -- a JSON object
) STRICT;

-- What the daemon works from, as checked last, and what is wrong with the files as they are now.
CREATE TABLE plan (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    plan            TEXT NOT NULL,
    problems        TEXT NOT NULL
) STRICT;

-- How a file that grows looked when it was last drawn: one that looks otherwise now is drawn anew, whole.
CREATE TABLE drawn (
    name            TEXT PRIMARY KEY,
    inode           INTEGER NOT NULL,
    size            INTEGER NOT NULL,
    mtime_ns        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
