"""Filling a ledger that is being rebuilt: with sessions that were found elsewhere, under a new
tracker."""

from codespace_tracker.core.session import Session
from codespace_tracker.ledger import presence
from codespace_tracker.ledger.store import Entry, Ledger


def put_session(ledger: Ledger, session: Session, tracker_id: str) -> bool:
    """Write a session that was found outside, unless the ledger knows it at least as well; whether
    it did.

    Its spans are not known outside: it gets one.
    """
    kept = ledger.value(
        "SELECT running_us FROM session WHERE number=? AND session_id=?",
        session.number,
        session.session_id,
    )
    if kept is not None and kept >= session.running_us:
        return False
    ledger.change("DELETE FROM span WHERE session=?", session.number)
    ledger.change("DELETE FROM presence WHERE session=?", session.number)
    ledger.change(
        "DELETE FROM session WHERE number=? OR session_id=?", session.number, session.session_id
    )
    ledger.add_session(session, tracker_id)
    return True


def adopt(ledger: Ledger, tracker_id: str) -> None:
    """Make every row the new tracker's, and end all sessions but the newest that were left open.

    All these sessions began before, so their start is not an event.
    """
    newest = ledger.value("SELECT max(number) FROM session") or 0
    ledger.change(
        "UPDATE session SET tracker_id=? WHERE number > 0", tracker_id
    )  # others say who counted them
    ledger.change("UPDATE session SET start_considered=1")
    ledger.change("UPDATE occurrence SET tracker_id=?", tracker_id)
    ledger.change(
        "UPDATE session SET ending='recovered', ended_at=last_seen_at WHERE ending IS NULL AND "
        "number < ?",
        newest,
    )
    presence.close(ledger, newest)
    ledger.change(
        "UPDATE span SET running_us = (SELECT s.running_us FROM session s WHERE"
        " s.number=span.session) - offset_us WHERE running_us IS NULL AND session < ?",
        newest,
    )


def summed_running_us(ledger: Ledger) -> int:
    """The running time of all sessions in µs, by adding it up: for a rebuild only."""
    return int(ledger.value("SELECT coalesce(sum(running_us), 0) FROM session"))


def summed_imported_us(ledger: Ledger) -> int:
    """The running time of all imported sessions in µs, by adding it up: for a rebuild only."""
    return int(ledger.value("SELECT coalesce(sum(running_us), 0) FROM session WHERE number <= 0"))


def session_count(ledger: Ledger) -> int:
    """How many sessions there are, by counting them."""
    return int(ledger.value("SELECT count(*) FROM session"))


def last_entry(ledger: Ledger, kind: str) -> Entry | None:
    """The newest entry of the journal of one kind."""
    seq = ledger.value("SELECT max(seq) FROM journal WHERE kind=?", kind)
    return ledger.journal(after=seq - 1)[0] if seq is not None else None
