"""Where `import` reads: a state directory of ours, a file of `export`, or a folder of the original tool."""

import json
import os
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from codespace_tracker import original_files as original
from codespace_tracker.cli import told
from codespace_tracker.core.calendar import UTC
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import NAME, LedgerDamaged, LedgerError, LedgerForeign
from codespace_tracker.ledger.imported import Foreign
from codespace_tracker.ledger.telling import open_copy, tellings
from codespace_tracker.views import wording

_LONGEST_LINE = 16 << 20  # bytes


class Source(NamedTuple):
    """What was read: sessions by their start, how many of them were cut to their minutes, what is broken.

    `ids` has those of all sessions that a ledger told.
    """

    sessions: list[Foreign]
    cut: int
    problems: list[str]
    ids: frozenset[str]


def read(path: str, now_us: int) -> Source:
    """All sessions that a path tells of, as of now (UTC µs). It is only read. Raises Failure."""
    if not os.path.lexists(path):
        raise Failure(f"{path}: there is no such folder or file.")
    if os.path.isdir(path):
        if not os.path.lexists(os.path.join(path, NAME)):
            found = original.read(path, now_us)
            return Source(found.sessions, found.cut, found.problems, frozenset())
        return _exact(_of_ledger(os.path.join(path, NAME)), now_us)
    return _exact(_of_file(path), now_us)


def _exact(entries: Iterator[tuple[str, Any]], now_us: int) -> Source:
    """The sessions of entries, of which each has a name for messages; one that is an error is told in its words."""
    sessions: dict[str, Foreign] = {}
    problems, counter = [], str(uuid.uuid4())
    for name, entry in entries:
        try:
            if isinstance(entry, ValueError):
                raise entry
            one = told.foreign(entry, now_us, counter)
        except ValueError as error:
            problems.append(f"{name}: cannot be read ({str(error)[:200]}).")
            continue
        before = sessions.get(one.session_id)
        if before is None or one.running_us >= before.running_us:  # several exports may be in one file
            sessions[one.session_id] = one
    ordered = sorted(sessions.values(), key=lambda one: one.started_at)
    return Source(ordered, 0, problems, frozenset(sessions))


def _of_ledger(path: str) -> Iterator[tuple[str, Any]]:
    """Each session of a ledger as `export` would print it: so it is checked as one that comes as a file."""
    try:
        with open_copy(path) as ledger:
            for one in tellings(ledger):
                yield f"{NAME}, session {one.session.number}", told.entry(one, UTC)
    except LedgerForeign as error:
        text = "Or let its owner run `codespace-tracker export --output FILE`, and import that file."
        raise Failure(f"{error} {text}") from error
    except LedgerDamaged as error:
        text = "Fix: copy a file of its folder `backups` into an empty folder, as ledger.db, and import that folder."
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
                    text = "is CSV, which has no spans. Fix: import a file of `codespace-tracker export`, JSON lines."
                    raise Failure(f"{path}: {text}")
                if line.strip():
                    yield f"line {number}", _parsed(line)
    except OSError as error:
        raise Failure(f"{path}: cannot be read ({error.strerror}). Fix: look at its permissions.") from error


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        start = wording.printable(line[:40].decode(errors="replace").strip())
        return ValueError(f"it is not JSON: {start!r}")
