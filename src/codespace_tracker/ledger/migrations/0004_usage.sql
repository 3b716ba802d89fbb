-- The fuel gauge: what GitHub says was used, by all codespaces of the user.

-- One line of GitHub's usage report. All lines of a day are of one report: a later one replaces them.
CREATE TABLE billed (
    day             INTEGER NOT NULL,  -- of UTC: the instant at which it began
    cores           INTEGER NOT NULL,  -- of the machine; 0 for storage
    repository      TEXT NOT NULL,     -- empty where the report does not say
    core_us         INTEGER NOT NULL,  -- 0 for storage
    net_micros      INTEGER NOT NULL,  -- millionths of a US dollar, after what the plan includes
    as_of           INTEGER NOT NULL,  -- the instant that the report is of
    PRIMARY KEY (day, cores, repository)
) STRICT, WITHOUT ROWID;

-- The entity tag of the API's last answer for a month (YYYY-MM), so that it need not send it again.
CREATE TABLE billed_answer (
    month           TEXT PRIMARY KEY,
    etag            TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The repository that a session was of, where that is known.
ALTER TABLE session ADD COLUMN repository TEXT NOT NULL DEFAULT '';

-- What new shells show, and `status`.
CREATE TABLE notice (
    subject         TEXT PRIMARY KEY,  -- a newer notice of the same takes its place; mostly the text itself
    text            TEXT NOT NULL,
    at              INTEGER NOT NULL,
    until           INTEGER NOT NULL   -- from then on it is not shown
) STRICT, WITHOUT ROWID;
