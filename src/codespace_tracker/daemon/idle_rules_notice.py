"""The notice to those whose idle triggers relied on the rules before 0.2.0: that touching the file
`activity` was enough to know when no one is there."""

from collections.abc import Iterable

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import activity

_SUBJECT = "idle rules"


def is_due(ledger: Ledger, directory: str, number: int) -> bool:
    """Whether this is the first start of a version that records presence, after one that did not,
    and something touched `activity`. `number` is the session's. Raises LedgerError."""
    if not activity.touched_at(directory):
        return False
    earlier_us, newest_at = ledger.rows(
        "SELECT sum(iif(number = ?1, decided_us, running_us)), max(newest_at) FROM session"
        " WHERE number > ?1 - 2",
        number,
    )[0]
    return bool(earlier_us) and not newest_at


def give(ledger: Ledger, triggers: Iterable[Trigger], at: int) -> None:
    """Give it for the next week, if a trigger goes by idleness. Raises LedgerError."""
    labels = [
        one.label
        for one in triggers
        if one.enabled and one.edge is not None and one.edge.kind == "idle"
    ]
    if not labels:
        return
    text = (
        f"{labels[0]}: while an editor is open, `activity` alone does not tell that you are away."
        " It waits, unless your editor runs `codespace-tracker activity --reporting`."
    )
    with ledger.transaction():
        Notices(ledger).give(_SUBJECT, Notice(text, at, at + 7 * DAY_US))
