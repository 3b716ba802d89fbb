-- Every key starts with the team, so that the tables can be divided by it. Times are µs of UTC since
-- 1970, and 0 is "never"; days are days of UTC since 1970. Secrets are kept as their SHA-256 alone.

CREATE TABLE team (
    team            text PRIMARY KEY,
    name            text NOT NULL,
    kept_since      integer NOT NULL DEFAULT 0,  -- before this day all was deleted, and nothing is taken
    added_at        bigint NOT NULL
);

CREATE TABLE person (
    team            text NOT NULL REFERENCES team,
    person          text NOT NULL,      -- as the team calls them
    pseudonym       text NOT NULL,      -- what is shown unless they chose otherwise
    shows_name      integer NOT NULL DEFAULT 0,
    added_at        bigint NOT NULL,
    PRIMARY KEY (team, person),
    UNIQUE (team, pseudonym)
);

-- Enrolment codes: for one person, once.
CREATE TABLE code (
    team            text NOT NULL,
    prefix          text NOT NULL,
    hash            bytea NOT NULL,
    person          text NOT NULL,
    expires_at      bigint NOT NULL,
    used_for        bytea,              -- the hash of the token that it gave
    PRIMARY KEY (team, prefix),
    FOREIGN KEY (team, person) REFERENCES person
);

CREATE TABLE stream (
    team            text NOT NULL,
    stream_id       text NOT NULL,
    person          text NOT NULL,
    environment     text NOT NULL DEFAULT '',
    codespace       text NOT NULL DEFAULT '',
    repository      text NOT NULL DEFAULT '',
    payer           text NOT NULL DEFAULT '',
    last_push       text NOT NULL DEFAULT '',   -- the id that its tracker gave to the newest one
    seen_at         bigint NOT NULL DEFAULT 0,  -- up to when it is told
    is_open         integer NOT NULL DEFAULT 0, -- its newest session
    told_at         bigint NOT NULL DEFAULT 0,
    cut_back_at     bigint NOT NULL DEFAULT 0,  -- when its tracker last found that the hub had lost some
    added_at        bigint NOT NULL,
    PRIMARY KEY (team, stream_id),
    FOREIGN KEY (team, person) REFERENCES person
);

-- What a tracker writes its stream with. It reads nothing but what the hub has of that stream.
CREATE TABLE token (
    team            text NOT NULL,
    prefix          text NOT NULL,
    hash            bytea NOT NULL,
    stream_id       text NOT NULL,
    added_at        bigint NOT NULL,
    revoked_at      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (team, prefix),
    FOREIGN KEY (team, stream_id) REFERENCES stream
);

CREATE TABLE viewer (
    team            text NOT NULL REFERENCES team,
    viewer          text NOT NULL,
    hash            bytea NOT NULL,
    added_at        bigint NOT NULL,
    PRIMARY KEY (team, viewer)
);

-- The newest telling of each session. `month` is the one in which the hub took it first, and never
-- changes. The partitions of a month are made ahead, or when the first session of it comes. `before`
-- has the days of the telling that this one replaced: with it, one statement sums days up rightly
-- even if two batches of a stream come at once.
CREATE TABLE telling (
    team            text NOT NULL,
    stream_id       text NOT NULL,
    month           integer NOT NULL,   -- its first day
    session_id      text NOT NULL,
    revision        bigint NOT NULL,
    mark            bigint NOT NULL,    -- core/cursor.py
    started_at      bigint NOT NULL,
    seen_at         bigint NOT NULL,
    origin          text NOT NULL,
    spans           bigint[] NOT NULL,  -- start, running time, cores; and so on
    days            bigint[] NOT NULL,  -- day, running time, core-time, sessions begun; and so on
    before          bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (team, stream_id, month, session_id)
) PARTITION BY RANGE (month);

CREATE TABLE day (
    team            text NOT NULL,
    stream_id       text NOT NULL,
    day             integer NOT NULL,
    running_us      bigint NOT NULL,
    core_us         bigint NOT NULL,
    sessions        integer NOT NULL,   -- that began on it
    PRIMARY KEY (team, day, stream_id),
    -- no lower bound: what is inserted may be a difference
    CONSTRAINT a_day_has_24_hours CHECK (running_us <= 86400000000)
) PARTITION BY RANGE (day);

-- How long a machine ran with no one there, on days of which its person tells that.
CREATE TABLE unattended (
    team            text NOT NULL,
    stream_id       text NOT NULL,
    day             integer NOT NULL,
    running_us      bigint NOT NULL,
    core_us         bigint NOT NULL,
    PRIMARY KEY (team, day, stream_id)
) PARTITION BY RANGE (day);

-- Lines that were not taken, with the reason.
CREATE TABLE aside (
    team            text NOT NULL,
    stream_id       text NOT NULL,
    session_id      text NOT NULL,
    reason          text NOT NULL,
    at              bigint NOT NULL,
    PRIMARY KEY (team, stream_id, session_id)
);
