"""What `import` can read: a state directory, a file written by `export`, or the original tool's
folder."""

import json
import os
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from codespace_tracker import original_files as original
from codespace_tracker.cli import foreign_entry, session_entry
from codespace_tracker.core.calendar import UTC
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import NAME, LedgerDamaged, LedgerError, LedgerForeign
from codespace_tracker.ledger.imported import ForeignSession
from codespace_tracker.ledger.telling import open_copy, tellings
from codespace_tracker.views import wording

_LONGEST_LINE = 16 << 20  # bytes


class Source(NamedTuple):
    """What was read: sessions by start, how many were cut to the minutes they recorded, and
    problems.

    `ids` are the ids of all sessions, if the source is a ledger or an export.
    """

    sessions: list[ForeignSession]
    cut: int
    problems: list[str]
    ids: frozenset[str]


def read(path: str, now_us: int) -> Source:
    """All sessions found at a path, as of `now_us` (UTC µs). Changes nothing. Raises Failure."""
    if not os.path.lexists(path):
        raise Failure(f"{path}: there is no such folder or file.")
    if os.path.isdir(path):
        if not os.path.lexists(os.path.join(path, NAME)):
            found = original.read(path, now_us)
            return Source(found.sessions, found.cut, found.problems, frozenset())
        return _exact(_of_ledger(os.path.join(path, NAME)), now_us)
    return _exact(_of_file(path), now_us)


def _exact(entries: Iterator[tuple[str, Any]], now_us: int) -> Source:
    """The sessions of entries, each with a name for messages. An entry may be an error instead."""
    sessions: dict[str, ForeignSession] = {}
    problems, counter = [], str(uuid.uuid4())
    for name, entry in entries:
        try:
            if isinstance(entry, ValueError):
                raise entry
            session = foreign_entry.foreign(entry, now_us, counter)
        except ValueError as error:
            problems.append(f"{name}: cannot be read ({str(error)[:200]}).")
            continue
        before = sessions.get(session.session_id)
        if (
            before is None or session.running_us >= before.running_us
        ):  # a file may contain several exports
            sessions[session.session_id] = session
    ordered = sorted(sessions.values(), key=lambda one: one.started_at)
    return Source(ordered, 0, problems, frozenset(sessions))


def _of_ledger(path: str) -> Iterator[tuple[str, Any]]:
    """Each session of a ledger as `export` prints it, so that both kinds get the same checks."""
    try:
        with open_copy(path) as ledger:
            for telling in tellings(ledger):
                yield f"{NAME}, session {telling.session.number}", session_entry.entry(telling, UTC)
    except LedgerForeign as error:
        text = (
            "Or ask its owner to run `codespace-tracker export --output FILE`, and import that "
            "file."
        )
        raise Failure(f"{error} {text}") from error
    except LedgerDamaged as error:
        text = (
            "Fix: copy a file from its folder `backups` to ledger.db in an empty folder, and "
            "import that folder."
        )
        raise Failure(f"{error} Nothing was imported. {text}") from error
    except LedgerError as error:
        raise Failure(f"{error} Nothing was imported.") from error


def _of_file(path: str) -> Iterator[tuple[str, Any]]:
    try:
        with open(path, "rb") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if number == 1 and line.startswith(b"number,session_id,"):
                    text = (
                        "is CSV, which lacks details. Fix: import the JSON lines of "
                        "`codespace-tracker export`."
                    )
                    raise Failure(f"{path}: {text}")
                if line.strip():
                    yield f"line {number}", _parsed(line)
    except OSError as error:
        raise Failure(
            f"{path}: cannot be read ({error.strerror}). Fix: check its permissions."
        ) from error


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        start = wording.printable(line[:40].decode(errors="replace").strip())
        return ValueError(f"it is not JSON: {start!r}")
