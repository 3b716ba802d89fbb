"""Which names in a state directory are the tracker's: the one list of them, for what deletes them.

If you add a file to the state directory, add it here. A name that only looks like ours is the
user's.
"""

import re

from codespace_tracker.daemon import collector
from codespace_tracker.machine import activity, debug_log, file_system, stopped
from codespace_tracker.machine.file_names import (
    CONFIG,
    DRAWN,
    EDITOR_OFFERED,
    FLEET,
    GITHUB_LIST,
    LEDGER,
    METRICS,
    NOTICE,
    PAGE,
    PAGE_LINK,
    SCHEMA,
    SESSION_LOGS,
    SYNC,
    SYNC_LOCK,
    TRIGGERS,
)
from codespace_tracker.machine.lock import DAEMON_LOCK, KEEPER_LOCK
from codespace_tracker.machine.state_directory import IGNORE, MADE_BY_FEATURE

_FILES = (
    *(*DRAWN, NOTICE, PAGE, PAGE_LINK, METRICS, collector.RECORD, stopped.NAME),
    *(CONFIG, TRIGGERS, SCHEMA, IGNORE, MADE_BY_FEATURE),
    *(SYNC, SYNC_LOCK, GITHUB_LIST, EDITOR_OFFERED),
    *(DAEMON_LOCK, KEEPER_LOCK, activity.NAME, file_system.SIGNS),
)
_ASIDE = r"-\d{8}T\d{6}Z(-\d+)?"  # when it was set aside
_SHAPES = (
    f"({'|'.join(map(re.escape, _FILES))})"
    r"(\.new|\.[0-9a-f]{16})?(\.tmp)?",  # the ends are those of `machine.files`, of now and 0.1.0
    rf"{re.escape(debug_log.NAME)}(\.1)?",
    rf"\.{re.escape(SESSION_LOGS)}\.(spare|leaving)",
    rf"{re.escape(FLEET)}(-wal|-shm|-journal)?",
    # as `ledger.backup` names them
    rf"{re.escape(LEDGER)}(\.tmp)?(-wal|-shm|-journal)?",
    rf"{re.escape(LEDGER)}(-wal|-shm|-journal)\.aside{_ASIDE}",
    rf"ledger\.damaged{_ASIDE}\.db(-wal|-shm)?",
)
_OURS = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))


def is_ours(name: str) -> bool:
    """Whether the tracker makes a file of that name in a state directory."""
    return _OURS.fullmatch(name) is not None
