"""Histories made quickly: a ledger with as many sessions as are wanted, as if a tracker had lived
through them.

Everything is written by SQL within a second or two; the real migrations make the tables. Tests and
benchmarks share it.
"""

import os
from typing import NamedTuple

from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine.state_directory import prepare

TRACKER = "00000000-0000-4000-8000-000000000000"

_NUMBERS = (
    "WITH RECURSIVE of (i) AS (SELECT :first UNION ALL SELECT i + 1 FROM of WHERE i < :sessions)"
)

_SESSIONS = f"""
    {_NUMBERS} INSERT INTO session
        (number, session_id, tracker_id, boot_id, pid1_start_us, started_at, last_seen_at,
         last_mono_us, last_boot_us, running_us, ending, ended_at, considered_us, considered_at,
         start_considered)
    SELECT i, printf('%08x-0000-4000-8000-%012x', i, i), :tracker, printf('boot of %d', i), 500000,
           :began + i * :period, :began + i * :period + :running, :running, :running, :running,
           iif(i % 10, 'clean', 'recovered'), :began + i * :period + :running,
           i * :running, :began + i * :period + :running, 1
    FROM of
"""
_SPANS = f"""
    {_NUMBERS} INSERT INTO span (session, n, started_at, offset_us, cores, running_us)
    SELECT i, 1, :began + i * :period, 0, 2, :running FROM of
"""
_JOURNAL = f"""
    {_NUMBERS} INSERT INTO journal (at, kind, session, detail)
    SELECT :began + i * :period + k * :running / 5,
           CASE k WHEN 0 THEN 'session_started' WHEN 1 THEN 'trigger_due' WHEN 2 THEN 'run_started'
                  WHEN 3 THEN 'run_ended' ELSE 'session_ended' END,
           i, printf('{{"label":"trigger %d"}}', i % 5)
    FROM of, (SELECT 0 k UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) ORDER BY i, k
"""
_OCCURRENCES = f"""
    {_NUMBERS} INSERT INTO occurrence
        (id, flag, label, generation, scope, point, session, due_at, claimed_at, state, attempts,
         tracker_id)
    SELECT i, printf('trigger_%d', i % 5), printf('trigger %d', i % 5), 0, 'edge', i * :running, i,
           :began + i * :period + :running / 5, :began + i * :period + :running / 5, 'succeeded', 1,
           :tracker
    FROM of
"""
_RUNS = f"""
    {_NUMBERS} INSERT INTO run
        (occurrence, attempt, name, started_at, ended_at, duration_us, result, exit_code)
    SELECT i, 1, printf('run of %d', i), :began + i * :period + :running / 5,
           :began + i * :period + :running / 5 + 1000000, 1000000, 'succeeded', 0
    FROM of
"""


class History(NamedTuple):
    """`sessions` sessions, each of which ran for `running_us` and began `period_us` after the one
    before it.

    Of the newest `remembered` (None: of all) the ledger also has the journal, and a trigger's
    occurrence with its run.
    """

    sessions: int
    remembered: int | None = None
    running_us: int = 40 * MINUTE_US
    period_us: int = 80 * MINUTE_US


def make(directory: str, history: History, until: int) -> None:
    """Fill the state directory, which must not have a ledger yet, with a history that ends at
    `until` (UTC µs).

    The sessions are those of other boots: the next start begins a new one. Raises LedgerError,
    OSError.
    """
    prepare(directory)
    ledger = Ledger.open_writer(os.path.join(directory, NAME))
    values: dict[str, int | str] = {
        "first": 1,
        "sessions": history.sessions,
        "running": history.running_us,
        "period": history.period_us,
        "began": until - history.sessions * history.period_us - history.running_us,
        "tracker": TRACKER,
    }
    with ledger.transaction():
        if history.sessions:
            before_us = (history.sessions - 1) * history.running_us
            ledger.put_tracker(Tracker(TRACKER, "container", "", "", "", before_us))
            for sql in (_SESSIONS, _SPANS):
                ledger.connection.execute(sql, values)
        remembered = (
            history.sessions
            if history.remembered is None
            else min(history.remembered, history.sessions)
        )
        if remembered:
            values["first"] = history.sessions - remembered + 1
            for sql in (_JOURNAL, _OCCURRENCES, _RUNS):
                ledger.connection.execute(sql, values)
    ledger.close()
