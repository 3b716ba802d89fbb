-- GitHub's figures with whose use they are, by day or, where a report gives nothing finer, as one sum for a month.

-- What reports tell of: a day of UTC (is_month 0) or a calendar month (1) of one account: an organisation's, or a person's
-- own. Without a line here nothing is known of it; with a line here and none in billed_line, nothing was used.
CREATE TABLE billed_period (
    start           INTEGER NOT NULL,  -- the instant at which it began
    is_month        INTEGER NOT NULL,
    organization    TEXT NOT NULL,
    person          TEXT NOT NULL,     -- empty with an organisation, and where a report of a person's own does not say
    as_of           INTEGER NOT NULL,  -- the report that first gave these figures: the instant that it is of
    seen_at         INTEGER NOT NULL,  -- the newest report that still gives them
    PRIMARY KEY (start, is_month, organization, person)
) STRICT, WITHOUT ROWID;

-- One line of GitHub's usage report. All lines of a period and account are of one report: a later one replaces them.
CREATE TABLE billed_line (
    start           INTEGER NOT NULL,
    is_month        INTEGER NOT NULL,
    cores           INTEGER NOT NULL,  -- of the machine; 0 for storage
    repository      TEXT NOT NULL,     -- empty where the report does not say; so are the next three
    person          TEXT NOT NULL,
    organization    TEXT NOT NULL,     -- not empty: it pays for this
    cost_center     TEXT NOT NULL,
    core_us         INTEGER NOT NULL,  -- 0 for storage
    storage         INTEGER NOT NULL,  -- billionths of a GB-month
    net_micros      INTEGER,           -- millionths of a US dollar, after what the plan includes; NULL: not told
    PRIMARY KEY (start, is_month, cores, repository, person, organization, cost_center)
) STRICT, WITHOUT ROWID;

-- What is known so far. A month of which only the 1st is known, each machine once, was told of after that day: as far as
-- can be told it is the sum of the month, which was taken for one day's use.
CREATE TEMP TABLE told AS
    SELECT day, strftime('%Y-%m', day / 1000000, 'unixepoch') AS month, max(as_of) AS as_of, count(*) AS lines,
           count(DISTINCT cores) AS sizes
    FROM billed GROUP BY day;
CREATE TEMP TABLE moved AS
    SELECT day, max(as_of) AS as_of,
           count(*) = 1 AND max(lines = sizes) AND max(as_of) >= max(day) + 86400000000
           AND strftime('%d', max(day) / 1000000, 'unixepoch') = '01' AS is_month
    FROM told GROUP BY month;
INSERT INTO billed_period
    SELECT told.day, coalesce(moved.is_month, 0), '', '', told.as_of, told.as_of FROM told LEFT JOIN moved USING (day);
INSERT INTO billed_line
    SELECT day, coalesce(is_month, 0), cores, repository, '', '', '', core_us, 0, net_micros
    FROM billed LEFT JOIN moved USING (day);
DROP TABLE told;
DROP TABLE moved;
DROP TABLE billed;

-- The billing month is the calendar month of UTC now. What fired in a month that began on another day, and was not over
-- at the last heartbeat, has fired in the calendar month.
CREATE TEMP TABLE seen AS
    SELECT date(last_seen_at / 1000000, 'unixepoch') AS day FROM session ORDER BY number DESC LIMIT 1;
UPDATE OR IGNORE occurrence SET scope = 'month:' || (SELECT date(day, 'start of month') FROM seen)
    WHERE scope LIKE 'month:____-__-__' AND substr(scope, -2) <> '01'
    AND (SELECT date(substr(scope, 7)) <= day AND day < date(substr(scope, 7), '+1 month') FROM seen);
UPDATE flag_placed SET scope = 'month:' || (SELECT date(day, 'start of month') FROM seen)
    WHERE scope LIKE 'month:____-__-__' AND substr(scope, -2) <> '01'
    AND (SELECT date(substr(scope, 7)) <= day AND day < date(substr(scope, 7), '+1 month') FROM seen);
DROP TABLE seen;
