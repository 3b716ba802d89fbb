"""When the ledger is damaged or gone: rebuild it from the newest sound backup, then from the
runtime files.

What is damaged is set aside, never deleted; what could not be saved is said, in numbers, in the
journal.
"""

import contextlib
import os
import sqlite3
import time
from typing import NamedTuple

from codespace_tracker.core.clock import DAY_US, MINUTE_US, SECOND_US
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.core.session import Session
from codespace_tracker.daemon import remains
from codespace_tracker.ledger.backup import (
    copies,
    copy_to,
    is_sound,
    set_aside,
    set_strangers_aside,
)
from codespace_tracker.ledger.connect import (
    NAME,
    LedgerDamaged,
    LedgerError,
    LedgerForeign,
    check_owners,
)
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.restore import (
    adopt,
    last_entry,
    put_session,
    session_count,
    summed_imported_us,
    summed_running_us,
)
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine.chance import new_id
from codespace_tracker.machine.file_names import BACKUPS
from codespace_tracker.machine.files import sync_directory
from codespace_tracker.views.prompt import clock_text

KIND = "ledger_rebuilt"
ORIGINALS = "original"
"""The subject of the notice that the original tool's files are there, and are not counted."""

_TOLD_US = 30 * DAY_US


def open_ledger(directory: str, at: int) -> Ledger:
    """The ledger of a state directory, made if this is the first start, rebuilt if it is damaged or
    was lost.

    `at` is now (UTC µs). Raises LedgerError where it can be neither opened nor rebuilt, LedgerNewer
    where it must not be touched, OSError.
    """
    path = os.path.join(directory, NAME)
    if os.path.lexists(path) and not os.path.isfile(path):
        return rebuild(directory, f"{path}: something else stood in the place of the ledger.", at)
    set_strangers_aside(path, _stamp(at))
    try:
        check_owners(path)
    except LedgerForeign as error:
        return rebuild(directory, str(error), at)
    if _is_empty(path):
        has_copies = bool(copies(os.path.join(directory, BACKUPS)))
        if not has_copies:
            remains.set_originals_aside(directory)
        if has_copies or remains.exist(directory):
            return rebuild(directory, f"{path}: the ledger was gone.", at)
    try:
        ledger = Ledger.open_writer(path)
    except LedgerDamaged as error:
        return rebuild(directory, str(error), at)
    if damage := ledger.sound():
        with contextlib.suppress(LedgerError):
            ledger.close()
        return rebuild(directory, f"{path}: the ledger is damaged ({damage[0]}).", at)
    _tell_of_originals(ledger, directory, at)
    return ledger


def _tell_of_originals(ledger: Ledger, directory: str, at: int) -> None:
    """Before the first session: the original tool's files were set aside, and what they tell is not
    counted."""
    folder = os.path.join(directory, remains.ORIGINAL)
    if not os.path.isdir(folder) or ledger.last_session() is not None:
        return
    import shlex  # once in a life: not for the daemon to carry

    text = (
        "the original tool's sessions are not counted yet: codespace-tracker import "
        f"{shlex.quote(folder)}"
    )
    with ledger.transaction():
        Notices(ledger).give(ORIGINALS, Notice(text, at, at + _TOLD_US))


def _is_empty(path: str) -> bool:
    try:
        return os.stat(path).st_size == 0
    except FileNotFoundError:
        return True


def copy_out(ledger: Ledger, directory: str, at: int) -> None:
    """Write the ledger that this process has open to its place again, from which it is gone.

    Anything else at its path is set aside; `at` is now (UTC µs). Raises LedgerError, OSError.
    """
    path = os.path.join(directory, NAME)
    copy_to(ledger.connection, f"{path}.copy")
    if os.path.lexists(path):
        set_aside(path, _stamp(at))
    _put_in_place(f"{path}.copy", directory)


def rebuild(
    directory: str,
    damage: str,
    at: int,
    running: Session | None = None,
    tracker: Tracker | None = None,
) -> Ledger:
    """Set the damaged ledger aside and make a new one from what there is; `at` is now (UTC µs).

    `running` and `tracker` are what a daemon still knows: they are worth more than any file.
    Raises LedgerError, OSError.
    """
    path = os.path.join(directory, NAME)
    aside = ""
    if os.path.lexists(path):
        aside = os.path.basename(set_aside(path, _stamp(at)))
    building = f"{path}.rebuilding"
    _clear(building)
    backup = _restore_backup(directory, building)
    ledger = Ledger.open_writer(building)
    remains_found = remains.read(directory)
    with ledger.transaction():
        from_backup = session_count(ledger)
        put = _put_remains(ledger, remains_found, running, tracker)
        detail: dict[str, str | int] = {
            "damage": damage,
            "set_aside": aside,
            "backup": os.path.basename(backup) if backup else "",
            "from_backup": from_backup,
            "from_files": session_count(ledger) - from_backup,
            "unreadable": remains_found.unreadable,
            "without_session_us": put.without_session_us,
        }
        detail["lost_figures"] = _save_figures(
            ledger, os.path.join(directory, aside) if aside else "", remains_found.figures_at
        )
        Occurrences(ledger).mark_restored(at)
        ledger.note(at, KIND, put.newest.number if put.newest else None, detail)
        ledger.note(at, "tracker_minted", None, {"tracker_id": put.tracker_id})
    copy_to(ledger.connection, f"{building}.copy")
    ledger.close()
    _put_in_place(f"{building}.copy", directory)
    _clear(building)
    return Ledger.open_writer(path)


def _put_in_place(copy: str, directory: str) -> None:
    """Have a whole ledger be the one of the directory."""
    path = os.path.join(directory, NAME)
    _clear(path)  # also what is left of another one's log: it must not be applied to this one
    os.rename(copy, path)
    sync_directory(directory)


class _Put(NamedTuple):
    """What a rebuilt ledger holds: the tracker that writes it, its newest session, and how much of
    its total is of sessions that are lost (µs)."""

    tracker_id: str
    newest: Session | None
    without_session_us: int


def _put_remains(
    ledger: Ledger, from_files: remains.Remains, running: Session | None, tracker: Tracker | None
) -> _Put:
    """Add to what a backup tells what the files tell, and what a daemon still knows, in the name of
    a new tracker."""
    stored, imported_us = ledger.tracker(), summed_imported_us(ledger)
    former = tracker or from_files.tracker or stored or Tracker("", "host", "", "", "", 0)
    minted = former._replace(tracker_id=new_id())
    ledger.put_tracker(minted)
    for session in [*from_files.sessions, running] if running else from_files.sessions:
        put_session(ledger, session, minted.tracker_id)
    adopt(ledger, minted.tracker_id)
    newest, total = ledger.last_session(), summed_running_us(ledger)
    shown = max(
        total,
        from_files.total_us,
        tracker.before_us + running.running_us if tracker and running else 0,
    )
    # what the files tell beyond the backup moves no deadline either, where it was imported
    imported_us = (stored.imported_us if stored else 0) + summed_imported_us(ledger) - imported_us
    before_us = shown - (newest.running_us if newest else 0)
    ledger.put_tracker(minted._replace(before_us=before_us, imported_us=imported_us))
    return _Put(minted.tracker_id, newest, shown - total)


def _save_figures(ledger: Ledger, aside: str, figures_at: int) -> bool:
    """Take over what the ledger that was set aside tells of GitHub's figures; whether some are lost
    for all we know.

    `figures_at` is the instant of the newest that the files tell of (UTC µs), 0 for none.
    """
    from codespace_tracker.ledger.billing import Billing  # only a lost ledger needs it

    billing = Billing(ledger)
    if aside and os.path.isfile(aside) and not billing.take_over(aside) and figures_at:
        return True
    return billing.newest() // SECOND_US < figures_at // SECOND_US


def _stamp(at: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at // SECOND_US))


def _clear(path: str) -> None:
    """Remove a ledger that is of no use, with what belongs to it."""
    for suffix in ("-wal", "-shm", "-journal", ""):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + suffix)


def _restore_backup(directory: str, path: str) -> str | None:
    for copy in copies(os.path.join(directory, BACKUPS)):
        if is_sound(copy):
            source = sqlite3.connect(copy)
            try:
                copy_to(source, path)
            finally:
                source.close()
            return copy
    return None


def loss_by_rebuild(ledger: Ledger, session_number: int) -> str | None:
    """What a person should know of a rebuild, as long as the session runs that it befell; None if
    there was none."""
    entry = last_entry(ledger, KIND)
    if entry is None or (entry.session or 0) < session_number - 1:
        return None
    detail = entry.detail
    source = (
        f"backups/{detail['backup']} and the runtime files"
        if detail["backup"]
        else "the runtime files"
    )
    counts = (
        f"sessions from the backup: {detail['from_backup']}, more from the files: "
        f"{detail['from_files']}"
    )
    if detail["unreadable"]:
        counts += f", unreadable entries: {detail['unreadable']}"
    if detail["without_session_us"] >= MINUTE_US:
        counts += (
            f", {clock_text(detail['without_session_us'])} kept in the total without their sessions"
        )
    lost = (
        " GitHub's figures were not all saved: import them again (`usage import` or `usage fetch`)."
    )
    figures = lost if detail.get("lost_figures") else ""
    aside = f" The damaged file is kept as {detail['set_aside']}." if detail["set_aside"] else ""
    return f"{detail['damage']} It was rebuilt from {source}: {counts}.{figures}{aside}"
