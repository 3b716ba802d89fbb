"""The start of the tracker, written into the ledger in one transaction."""

from collections.abc import Callable
from typing import NamedTuple

from codespace_tracker.core.clock import Reading
from codespace_tracker.core.recovery import Decision, Row, decide
from codespace_tracker.core.session import Session, closed_span
from codespace_tracker.daemon import debug_lines
from codespace_tracker.ledger import presence
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine.chance import new_id
from codespace_tracker.machine.environment import Environment, life_kind, stronger


class Begun(NamedTuple):
    """What runs from now on, who writes it, which row of the table of starts it was, and what
    debug.log says of the session before."""

    session: Session
    tracker: Tracker
    row: Row
    is_new: bool
    said: tuple[str, ...]


def begin(
    ledger: Ledger, reading: Reading, cores: Callable[[str], int], seen: Environment
) -> Begun:
    """Decide what this start means and commit it. Raises LedgerError.

    `cores` tells how many CPUs count in an environment of a kind.
    """
    with ledger.transaction():  # what it goes by is read within: an import may be adding to it
        return _begin(ledger, reading, cores, seen)


def _begin(
    ledger: Ledger, reading: Reading, cores: Callable[[str], int], seen: Environment
) -> Begun:
    former, last = ledger.tracker(), ledger.last_session()
    copied = (
        former is not None
        and seen.name != former.codespace_name
        and "" not in (seen.name, former.codespace_name)
    )
    kind = seen.kind if former is None or copied else stronger(former.environment, seen.kind)
    earlier = ledger.earlier(last, reading)
    decision = decide(
        last, reading, cores(kind), life_kind(kind), new_id(), copied=copied, earlier=earlier
    )
    tracker = Tracker(
        tracker_id=new_id() if former is None or copied else former.tracker_id,
        environment=kind,
        codespace_name=seen.name or (former.codespace_name if former else ""),
        user_name=seen.user or (former.user_name if former else ""),
        repository=seen.repository or (former.repository if former else ""),
        before_us=(former.before_us if former else 0)
        + (last.running_us if last and decision.is_new else 0),
        imported_us=former.imported_us if former else 0,
    )
    occurrences = Occurrences(ledger)
    ledger.put_tracker(tracker)
    _note_tracker(ledger, former, tracker, reading)
    if last is not None and decision.is_new and not copied:
        _end_last(ledger, decision, last, reading)
    if decision.is_new:
        considered = occurrences.considered()
        ledger.add_session(decision.current, tracker.tracker_id, tracker.repository)
        occurrences.carry_considered(decision.current.number, considered)
    else:
        ledger.update_session(decision.current, [decision.closed] if decision.closed else [])
    _note_begin(ledger, decision, reading)
    return Begun(
        decision.current,
        tracker,
        decision.row,
        decision.is_new,
        debug_lines.start(decision, last, reading.wall_us),
    )


def _note_tracker(
    ledger: Ledger, known: Tracker | None, tracker: Tracker, reading: Reading
) -> None:
    if known is None or known.tracker_id != tracker.tracker_id:
        ledger.note(reading.wall_us, "tracker_minted", None, {"tracker_id": tracker.tracker_id})
    elif known.environment != tracker.environment:
        ledger.note(
            reading.wall_us,
            "environment_changed",
            None,
            {"before": known.environment, "now": tracker.environment},
        )


def _end_last(ledger: Ledger, decision: Decision, last: Session, reading: Reading) -> None:
    if decision.ended is not None:
        ledger.update_session(decision.ended)
    presence.close(ledger, last.number + 1)
    ledger.close_span(last.number, closed_span(last))
    if decision.recovered:
        detail = {"ended_at": last.last_seen_at, "running_us": last.running_us}
        ledger.note(reading.wall_us, "session_recovered", last.number, detail)


def _note_begin(ledger: Ledger, decision: Decision, reading: Reading) -> None:
    number = decision.current.number
    for event in decision.events:
        ledger.note(reading.wall_us, event.kind, number, {"amount": event.amount})
    if decision.is_new:
        detail = {"row": decision.row, "running_us": decision.current.running_us}
        ledger.note(reading.wall_us, "session_started", number, detail)
    else:
        ledger.note(reading.wall_us, decision.row, number, {"away_us": decision.away_us})
