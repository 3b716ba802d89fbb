"""What the ledger holds of triggers: since when they count, what became due, every attempt, and our
flags."""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.core.schedule import Armed, Considered, Due
from codespace_tracker.core.trigger import Reason, Result, Scope, State
from codespace_tracker.ledger.store import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias

FlagState: TypeAlias = "Literal['placing', 'placed', 'removing']"

if not TYPE_CHECKING:
    FlagState = str  # other modules may ask for `X | None`


class Occurrence(Record):
    """One time that a trigger became due. `retry_us` is where on the running clock it is tried
    again."""

    id: int
    flag: str
    label: str
    generation: int
    scope: str
    point: int
    session: int
    due_at: int
    claimed_at: int
    state: State
    reason: Reason | Literal[""]
    attempts: int
    retry_us: int | None


class Run(Record):
    """One attempt; `result` and what follows are None while it is going. `name` is that of its
    files in runs/."""

    name: str
    attempt: int
    started_at: int
    ended_at: int | None
    duration_us: int | None
    result: Result | None
    exit_code: int | None
    signal: int | None
    detail: str


class TriggerRun(Record):
    """One attempt, and of which trigger."""

    label: str
    flag: str
    run: Run


class RunTotal(Record):
    """The runs of a trigger that ended in one way: how many, how long all of them and the last one
    took (µs), and when the last one ended. Runs that were forgotten since are among them."""

    flag: str
    label: str
    result: Result
    runs: int
    duration_us: int
    last_ended_at: int
    last_us: int


class Placed(Record):
    """Our flag: what is being done with it, the key of its scope, when it was placed (UTC µs)."""

    flag: str
    state: FlagState
    scope: str
    at: int


# What another tracker left open (this directory is a copy of its) is never written by us, and reads
# as interrupted.
_OPEN = "o.state IN ('queued', 'running', 'waiting')"
_OURS = "o.tracker_id = (SELECT tracker_id FROM tracker)"
_STATE = f"iif({_OPEN} AND NOT {_OURS}, 'interrupted', o.state)"
_OCCURRENCE = f"""
    SELECT o.id, o.flag, o.label, o.generation, o.scope, o.point, o.session, o.due_at,
           o.claimed_at, {_STATE}, o.reason, o.attempts, o.retry_us
    FROM occurrence o
"""
_RUN = f"""
    SELECT r.name, r.attempt, r.started_at, r.ended_at, r.duration_us,
           iif(r.result IS NULL AND NOT {_OURS}, 'interrupted', r.result), r.exit_code, r.signal,
           r.detail, o.label, o.flag
    FROM run r JOIN occurrence o ON o.id = r.occurrence
"""


class Occurrences:
    """The triggers' part of an open ledger. All methods raise LedgerError; changes belong into a
    transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # --- since when, and up to where

    def considered(self) -> Considered:
        """Up to where edges have been looked at, by the newest session's row."""
        rows = self._ledger.rows(
            "SELECT considered_us, considered_at, start_considered FROM session ORDER BY number "
            "DESC LIMIT 1"
        )
        return (
            Considered(rows[0][0], rows[0][1], bool(rows[0][2]))
            if rows
            else Considered(0, 0, start=False)
        )

    def carry_considered(self, number: int, considered: Considered) -> None:
        """Begin a session's row where the one before it had come to; its own start is still to be
        considered."""
        self._ledger.change(
            "UPDATE session SET considered_us=?, considered_at=?, start_considered=0 WHERE "
            "number=?",
            *(considered.clock_us, considered.at, number),
        )

    def armed(self) -> dict[tuple[str, str], Armed]:
        """By flag and fingerprint of a trigger: since when it counts."""
        rows = self._ledger.rows("SELECT flag, fingerprint, total_us, at, session FROM armed")
        return {(row[0], row[1]): Armed(*row[2:]) for row in rows}

    def arm(self, flag: str, fingerprint: str, armed: Armed) -> None:
        """Let a trigger count from a moment on."""
        self._ledger.change(
            "INSERT OR REPLACE INTO armed VALUES (?,?,?,?,?)", flag, fingerprint, *armed
        )

    def disarm(self, flag: str, fingerprint: str) -> None:
        """The trigger is no longer in force."""
        self._ledger.change("DELETE FROM armed WHERE flag=? AND fingerprint=?", flag, fingerprint)

    def last_was_recovered(self, session: int) -> bool:
        """Whether the session before this one was lost."""
        # the one before our first may be an imported one
        sql = "SELECT ending = 'recovered' FROM session WHERE number = ? AND number > 0"
        return bool(self._ledger.value(sql, session - 1))

    def cut_off_all(self, at: int) -> None:
        """Of a ledger that was rebuilt: what was open then may have been done meanwhile, and is not
        tried again."""
        self._ledger.change(
            "UPDATE run SET result='interrupted', ended_at=?, detail='the ledger was restored' "
            "WHERE result IS NULL",
            at,
        )
        self._ledger.change(
            "UPDATE occurrence SET state=iif(state='running', 'interrupted', 'skipped'),"
            " reason='restored', retry_us=NULL WHERE state IN ('queued', 'running', 'waiting')"
        )

    def mark_restored(self, at: int) -> None:
        """The ledger was rebuilt: what is due at the next look is not acted on."""
        self._ledger.change("INSERT OR REPLACE INTO restored VALUES (1, ?)", at)

    def take_restored(self) -> bool:
        """Whether the ledger was rebuilt since the last look; true once."""
        return self._ledger.change("DELETE FROM restored") > 0

    # --- what became due

    def generation(self, flag: str) -> int:
        """How often the flag was re-armed."""
        return int(self._ledger.value("SELECT n FROM generation WHERE flag=?", flag) or 0)

    def generations(self) -> dict[str, int]:
        """How often each flag was re-armed, of those that were."""
        return dict(self._ledger.rows("SELECT flag, n FROM generation"))

    def rearm(self, flag: str) -> None:
        """Let a flag's triggers fire again in this scope: what they did is of an older generation
        now."""
        self._ledger.change(
            "INSERT INTO generation VALUES (?, 1) ON CONFLICT DO UPDATE SET n = generation.n + 1",
            flag,
        )
        self._ledger.change("DELETE FROM flag_placed WHERE flag=?", flag)

    def spent(self, keys: Mapping[Scope, str], session: int) -> set[str]:
        """The flags that have fired in the scopes of these keys.

        One that fires once and whose last attempt failed in an earlier session is offered again.
        """
        scopes = [key for scope, key in keys.items() if scope != "edge"]
        marks = ",".join("?" * len(scopes))
        rows = self._ledger.rows(
            "SELECT DISTINCT o.flag FROM occurrence o LEFT JOIN generation g ON g.flag = o.flag"
            f" WHERE o.scope IN ({marks}) AND o.scope <> 'edge' AND o.generation = coalesce(g.n,"
            " 0) AND NOT (o.state = 'skipped' AND o.reason IN ('missed', 'flag', 'superseded'))"
            f" AND NOT (o.scope = 'ever' AND {_STATE} IN ('failed', 'timed_out', 'interrupted')"
            " AND o.session < ?)",
            *scopes,
            session,
        )
        return {row[0] for row in rows}

    def claim(self, due: Due, session: int, at: int, tracker_id: str) -> int | None:
        """Write down that a trigger is due, as queued or as skipped: its number, None if this is
        known already.

        One that was taken out of the queue before it had its turn is put there again.
        """
        state = "queued" if due.skipped is None else "skipped"
        values = (
            *(
                due.trigger.flag,
                due.trigger.label,
                self.generation(due.trigger.flag),
                due.scope,
                due.point,
                session,
            ),
            *(due.due_at, at, state, due.skipped or "", tracker_id),
        )
        changed = self._ledger.change(
            "INSERT INTO occurrence (flag, label, generation, scope, point, session, due_at,"
            " claimed_at, state, reason, tracker_id) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT"
            " DO UPDATE SET label=excluded.label, session=excluded.session, state=excluded.state,"
            " reason=excluded.reason WHERE occurrence.state='skipped' AND"
            " occurrence.reason='superseded' AND excluded.state='queued'",
            *values,
        )
        if not changed:
            return None
        return int(
            self._ledger.value(
                "SELECT id FROM occurrence WHERE flag=? AND generation=? AND scope=? AND point=?",
                *(values[0], values[2], values[3], values[4]),
            )
        )

    def one(self, number: int) -> Occurrence:
        """The occurrence of a number, which must be there."""
        [row] = self._ledger.rows(f"{_OCCURRENCE} WHERE o.id=?", number)
        return Occurrence._make(row)

    def open_ones(self) -> list[Occurrence]:
        """What is queued, running or waiting for a retry, in the order in which it became due."""
        rows = self._ledger.rows(f"{_OCCURRENCE} WHERE {_OPEN} AND {_OURS} ORDER BY o.due_at, o.id")
        return [Occurrence._make(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many occurrences are `queued` for their turn, `running`, and `waiting` for a
        retry."""
        rows = self._ledger.rows(
            f"SELECT o.state, count(*) FROM occurrence o WHERE {_OPEN} AND {_OURS} GROUP BY 1"
        )
        return {"running": 0, "queued": 0, "waiting": 0, **dict(rows)}

    def failed_for_good(self) -> list[Occurrence]:
        """Those that fire once, whose last attempt failed, and that were neither offered again nor
        re-armed."""
        # the words of the index occurrence_failed
        rows = self._ledger.rows(
            f"{_OCCURRENCE} LEFT JOIN generation g ON g.flag = o.flag WHERE o.scope = 'ever' AND"
            " o.state IN ('failed', 'timed_out', 'interrupted') AND o.generation = coalesce(g.n,"
            " 0) AND NOT EXISTS (SELECT 1 FROM occurrence l WHERE l.flag = o.flag AND l.scope ="
            " 'ever' AND l.id > o.id)"
        )
        return [Occurrence._make(row) for row in rows]

    def of_flag(self, flag: str, limit: int) -> list[Occurrence]:
        """The newest occurrences of a flag, newest first."""
        rows = self._ledger.rows(
            f"{_OCCURRENCE} WHERE o.flag=? ORDER BY o.id DESC LIMIT ?", flag, limit
        )
        return [Occurrence._make(row) for row in rows]

    def flag_before(self, name: str) -> str | None:
        """The flag of what became due last under a label or a flag; None if nothing did."""
        found = self._ledger.value(
            "SELECT flag FROM occurrence WHERE flag=? OR label=? ORDER BY id DESC", name, name
        )
        return None if found is None else str(found)

    def newest(self, limit: int, after: int = 0) -> list[Occurrence]:
        """The newest occurrences of all, oldest first, with a number above `after`."""
        rows = self._ledger.rows(
            f"{_OCCURRENCE} WHERE o.id > ? ORDER BY o.id DESC LIMIT ?", after, limit
        )
        return [Occurrence._make(row) for row in reversed(rows)]

    def last_of_each(self) -> dict[str, Occurrence]:
        """The newest occurrence of each flag of a trigger that counts."""
        newest = "SELECT max(id) FROM occurrence l WHERE l.flag = a.flag"
        rows = self._ledger.rows(f"{_OCCURRENCE} WHERE o.id IN (SELECT ({newest}) FROM armed a)")
        return {row[1]: Occurrence._make(row) for row in rows}

    def settle(
        self,
        number: int,
        state: State,
        reason: Reason | Literal[""] = "",
        retry_us: int | None = None,
    ) -> None:
        """Write the state of an occurrence."""
        self._ledger.change(
            "UPDATE occurrence SET state=?, reason=?, retry_us=? WHERE id=?",
            state,
            reason,
            retry_us,
            number,
        )

    # --- attempts

    def start_run(self, number: int, attempt: int, name: str, at: int) -> None:
        """Write down an attempt, before it starts."""
        self._ledger.change(
            "UPDATE occurrence SET state='running', attempts=?, retry_us=NULL WHERE id=?",
            attempt,
            number,
        )
        self._ledger.change(
            "INSERT INTO run (occurrence, attempt, name, started_at) VALUES (?,?,?,?)",
            number,
            attempt,
            name,
            at,
        )

    def end_run(self, run: Run) -> None:
        """Write how an attempt ended."""
        self._ledger.change(
            "UPDATE run SET ended_at=?, duration_us=?, result=?, exit_code=?, signal=?, detail=? "
            "WHERE name=?",
            *(
                run.ended_at,
                run.duration_us,
                run.result,
                run.exit_code,
                run.signal,
                run.detail,
                run.name,
            ),
        )

    def going(self) -> dict[str, tuple[int, int, int]]:
        """The attempts without an end: by name, the occurrence, the attempt's number, when it
        started."""
        rows = self._ledger.rows(
            "SELECT r.name, r.occurrence, r.attempt, r.started_at FROM run r JOIN occurrence o ON"
            f" o.id = r.occurrence WHERE r.result IS NULL AND {_OURS}"
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def runs_of(self, number: int) -> list[Run]:
        """The attempts of an occurrence, in order."""
        rows = self._ledger.rows(f"{_RUN} WHERE r.occurrence=? ORDER BY r.attempt", number)
        return [Run._make(row[:9]) for row in rows]

    def running(self, limit: int) -> list[TriggerRun]:
        """The attempts that are going, the oldest first."""
        rows = self._ledger.rows(
            f"{_RUN} WHERE r.result IS NULL AND {_OURS} ORDER BY r.id LIMIT ?", limit
        )
        return [TriggerRun(row[9], row[10], Run._make(row[:9])) for row in rows]

    def ended_last(self, limit: int) -> list[TriggerRun]:
        """The attempts that have ended, those that began last first."""
        rows = self._ledger.rows(
            f"{_RUN} WHERE r.result IS NOT NULL ORDER BY r.id DESC LIMIT ?", limit
        )
        return [TriggerRun(row[9], row[10], Run._make(row[:9])) for row in rows]

    def run_totals(self) -> list[RunTotal]:
        """The runs of all triggers, added up as they ended: this looks at no run."""
        rows = self._ledger.rows("SELECT * FROM run_total ORDER BY label, flag, result")
        return [RunTotal._make(row) for row in rows]

    # --- flags

    def placed(self) -> dict[str, Placed]:
        """Our flags, by name."""
        rows = self._ledger.rows("SELECT flag, state, scope, at FROM flag_placed")
        return {row[0]: Placed._make(row) for row in rows}

    def without_flag(self, keys: Mapping[Scope, str]) -> list[Occurrence]:
        """What succeeded in the scopes of these keys, was not re-armed since, and has no flag."""
        scopes = [key for scope, key in keys.items() if scope != "edge"]
        marks = ",".join("?" * len(scopes))
        rows = self._ledger.rows(
            f"{_OCCURRENCE} LEFT JOIN generation g ON g.flag = o.flag WHERE o.scope IN ({marks})"
            " AND o.scope <> 'edge' AND o.state = 'succeeded' AND o.generation = coalesce(g.n, 0)"
            " AND NOT EXISTS (SELECT 1 FROM flag_placed p WHERE p.flag = o.flag AND p.state <>"
            " 'removing')",
            *scopes,
        )
        return [Occurrence._make(row) for row in rows]

    def put_flag(self, placed: Placed) -> None:
        """Record what is about to be done with our flag, before its file is touched, or that it is
        done."""
        self._ledger.change("INSERT OR REPLACE INTO flag_placed VALUES (?,?,?,?)", *placed)

    def forget_flag(self, flag: str) -> None:
        """Our flag is gone."""
        self._ledger.change("DELETE FROM flag_placed WHERE flag=?", flag)

    # --- housekeeping

    def forget(self, before: int) -> None:
        """Delete what was claimed before the instant `before` (UTC µs), but not what a flag still
        depends on."""
        self._ledger.change(
            "DELETE FROM occurrence WHERE claimed_at < ? AND state NOT IN ('queued', 'running',"
            " 'waiting') AND (scope <> 'ever' OR EXISTS (SELECT 1 FROM occurrence l WHERE l.flag"
            " = occurrence.flag AND l.scope = 'ever' AND l.id > occurrence.id))",
            before,
        )
        self._ledger.change(
            "DELETE FROM run_total WHERE flag NOT IN (SELECT flag FROM armed) AND NOT EXISTS"
            " (SELECT 1 FROM occurrence o WHERE o.flag = run_total.flag AND o.label ="
            " run_total.label)"
        )
