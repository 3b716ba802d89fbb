-- The same tables as in PostgreSQL, where keys and partitions serve more. Times are µs of UTC since
-- 1970, and 0 is "never"; days are days of UTC since 1970. Secrets are kept as their SHA-256 alone.

CREATE TABLE team (
    team            TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    kept_since      INTEGER NOT NULL DEFAULT 0,  -- before this day all was deleted, and nothing is taken
    added_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    team            TEXT NOT NULL REFERENCES team,
    person          TEXT NOT NULL,      -- as the team calls them
    pseudonym       TEXT NOT NULL,      -- what is shown unless they chose otherwise
    shows_name      INTEGER NOT NULL DEFAULT 0,
    added_at        INTEGER NOT NULL,
    PRIMARY KEY (team, person),
    UNIQUE (team, pseudonym)
) STRICT, WITHOUT ROWID;

-- Enrolment codes: for one person, once.
CREATE TABLE code (
    team            TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    hash            BLOB NOT NULL,
    person          TEXT NOT NULL,
    expires_at      INTEGER NOT NULL,
    used_for        BLOB,               -- the hash of the token that it gave
    PRIMARY KEY (team, prefix),
    FOREIGN KEY (team, person) REFERENCES person
) STRICT, WITHOUT ROWID;

CREATE TABLE stream (
    team            TEXT NOT NULL,
    stream_id       TEXT NOT NULL,
    person          TEXT NOT NULL,
    environment     TEXT NOT NULL DEFAULT '',
    codespace       TEXT NOT NULL DEFAULT '',
    repository      TEXT NOT NULL DEFAULT '',
    payer           TEXT NOT NULL DEFAULT '',
    last_push       TEXT NOT NULL DEFAULT '',   -- the id that its tracker gave to the newest one
    seen_at         INTEGER NOT NULL DEFAULT 0,  -- up to when it is told
    is_open         INTEGER NOT NULL DEFAULT 0,  -- its newest session
    told_at         INTEGER NOT NULL DEFAULT 0,
    cut_back_at     INTEGER NOT NULL DEFAULT 0,  -- when its tracker last found that the hub had lost some
    added_at        INTEGER NOT NULL,
    PRIMARY KEY (team, stream_id),
    FOREIGN KEY (team, person) REFERENCES person
) STRICT, WITHOUT ROWID;

-- What a tracker writes its stream with. It reads nothing but what the hub has of that stream.
CREATE TABLE token (
    team            TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    hash            BLOB NOT NULL,
    stream_id       TEXT NOT NULL,
    added_at        INTEGER NOT NULL,
    revoked_at      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (team, prefix),
    FOREIGN KEY (team, stream_id) REFERENCES stream
) STRICT, WITHOUT ROWID;

CREATE TABLE viewer (
    team            TEXT NOT NULL REFERENCES team,
    viewer          TEXT NOT NULL,
    hash            BLOB NOT NULL,
    added_at        INTEGER NOT NULL,
    PRIMARY KEY (team, viewer)
) STRICT, WITHOUT ROWID;

-- The newest telling of each session. `month` is the one in which the hub took it first, and never
-- changes. Lists are numbers with spaces between them.
CREATE TABLE telling (
    team            TEXT NOT NULL,
    stream_id       TEXT NOT NULL,
    month           INTEGER NOT NULL,   -- its first day
    session_id      TEXT NOT NULL,
    revision        INTEGER NOT NULL,
    mark            INTEGER NOT NULL,    -- core/cursor.py
    started_at      INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    origin          TEXT NOT NULL,
    spans           TEXT NOT NULL,  -- start, running time, cores; and so on
    days            TEXT NOT NULL,  -- day, running time, core-time, sessions begun; and so on
    PRIMARY KEY (team, stream_id, month, session_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE day (
    team            TEXT NOT NULL,
    stream_id       TEXT NOT NULL,
    day             INTEGER NOT NULL,
    running_us      INTEGER NOT NULL,
    core_us         INTEGER NOT NULL,
    sessions        INTEGER NOT NULL,   -- that began on it
    PRIMARY KEY (team, day, stream_id),
    -- no lower bound: what is inserted may be a difference
    CONSTRAINT a_day_has_24_hours CHECK (running_us <= 86400000000)
) STRICT, WITHOUT ROWID;

-- How long a machine ran with no one there, on days of which its person tells that.
CREATE TABLE unattended (
    team            TEXT NOT NULL,
    stream_id       TEXT NOT NULL,
    day             INTEGER NOT NULL,
    running_us      INTEGER NOT NULL,
    core_us         INTEGER NOT NULL,
    PRIMARY KEY (team, day, stream_id)
) STRICT, WITHOUT ROWID;

-- Lines that were not taken, with the reason.
CREATE TABLE aside (
    team            TEXT NOT NULL,
    stream_id       TEXT NOT NULL,
    session_id      TEXT NOT NULL,
    reason          TEXT NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (team, stream_id, session_id)
) STRICT, WITHOUT ROWID;
