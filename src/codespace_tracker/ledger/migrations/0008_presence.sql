-- Whether someone was there, for each session and quarter hour of UTC. What is in no row was never looked at.

-- The quarter hour that is being counted is in the row of the session, so that a heartbeat still writes one row; so is
-- what the next tracker of the session must know.
ALTER TABLE session ADD COLUMN decided_us INTEGER NOT NULL DEFAULT 0;  -- running time up to which presence was decided
ALTER TABLE session ADD COLUMN quarter_at INTEGER;                     -- when it began; NULL before the first one
ALTER TABLE session ADD COLUMN present_us INTEGER NOT NULL DEFAULT 0;  -- in that quarter hour so far
ALTER TABLE session ADD COLUMN absent_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN unknown_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN idle_since_us INTEGER;                  -- running time since which no one was there; NULL: unknown
ALTER TABLE session ADD COLUMN stretch_at INTEGER NOT NULL DEFAULT 0;  -- tells that idle stretch from others; 0: none yet
ALTER TABLE session ADD COLUMN newest_at INTEGER NOT NULL DEFAULT 0;   -- the newest sign of a person that was seen by then

-- No one looked before.
UPDATE session SET decided_us = running_us;

CREATE TABLE presence (
    quarter_at      INTEGER NOT NULL,
    session         INTEGER NOT NULL REFERENCES session (number) ON DELETE CASCADE,
    present_us      INTEGER NOT NULL,
    absent_us       INTEGER NOT NULL,
    unknown_us      INTEGER NOT NULL,
    PRIMARY KEY (quarter_at, session)
) STRICT, WITHOUT ROWID;

CREATE INDEX presence_session ON presence (session);
