"""The runtime files: what the ledger says, drawn as small files that scripts, prompts and editors
read.

Field names are the original tool's; fields may be added, never removed. Nothing here decides
anything. They are read back only by `daemon/remains.py`, when the ledger is lost, and by `status`,
for what the triggers are doing.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.calendar import Zone, parse_iso
from codespace_tracker.core.clock import MINUTE_US, SECOND_US
from codespace_tracker.core.session import Session
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.file_names import (
    CURRENT_SESSION,
    FIRST_START,
    METRICS,
    MINUTE_RUNTIME,
    NOTICE,
    PROMPT,
    SESSION_LOGS,
    STATUS,
    TOTAL_RUNTIME,
)
from codespace_tracker.machine.files import read_own, replace
from codespace_tracker.machine.growing_list import GrowingList
from codespace_tracker.views import prompt
from codespace_tracker.views.status import Status, hours, status_json

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.files import (
        CurrentSessionFileJson,
        FirstStartJson,
        LoggedSessionJson,
        MinuteRuntimeJson,
        TotalRuntimeJson,
    )

_SPARE = "spare of session_logs.json"


class DrawFailure(NamedTuple):
    """A file that could not be drawn, and the system's word for why."""

    name: str
    reason: str


def notice_lines(status: Status) -> str:
    """The content of notice.txt."""

    def moment(at: int) -> str:
        local = datetime.fromisoformat(status.zone.iso(at))
        return f"{local.day} {local:%b %H:%M}"

    return "".join(
        f"{one.until // SECOND_US} codespace-tracker, {moment(one.at)}: {one.text}\n"
        for one in status.notices
    )


def _session_line(session: Session, zone: Zone) -> str:
    entry: LoggedSessionJson = {
        "session_id": session.session_id,
        "start_time": zone.iso(session.started_at),
        "end_time": None if session.ended_at is None else zone.iso(session.ended_at),
        "duration_minutes": session.running_us // MINUTE_US,
        "recovered": session.ending == "recovered",
        "date": zone.date(session.started_at),
        "number": session.number,
        "running_us": session.running_us,
    }
    return json.dumps(entry)


def _number_of(line: bytes) -> int:
    """The session's number in a line of session_logs.json. Raises ValueError if there is none."""
    try:
        number = json.loads(line)["number"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(number, int):
        raise ValueError("number is not an integer")
    return number


class RuntimeFiles:
    """Draws the runtime files of one state directory. A file that cannot be drawn is reported and
    hinders no other."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._logs = GrowingList(os.path.join(directory, SESSION_LOGS))

    def draw_minute(self, status: Status) -> list[DrawFailure]:
        """Draw the files that change each minute; those that failed."""
        session, iso = status.session, status.zone.iso
        minutes, now = session.running_us // MINUTE_US, iso(session.last_seen_at)
        total: TotalRuntimeJson = {
            "total_minutes": status.total_us // MINUTE_US,
            "total_hours": hours(status.total_us),
            "session_count": status.session_count,
            "last_updated": now,
        }
        current: CurrentSessionFileJson = {
            "session_id": session.session_id,
            "start_time": iso(session.started_at),
            "last_updated": now,
            "minutes": minutes,
        }
        minute: MinuteRuntimeJson = {"minutes": minutes}
        line = prompt.line(session, status.today_us, running=session.is_open)
        return [
            *self._draw(CURRENT_SESSION, _json(current)),
            *self._draw(MINUTE_RUNTIME, _json(minute)),
            *self._draw(TOTAL_RUNTIME, _json(total)),
            *self.draw_status(status),
            *self._draw(PROMPT, f"{line}\n".encode()),
            *self._draw_or_remove(NOTICE, notice_lines(status).encode()),
        ]

    def draw_status(self, status: Status) -> list[DrawFailure]:
        """Draw status.json alone; whether that failed."""
        return self._draw(STATUS, _json(status_json(status)))

    def draw_metrics(self, text: str) -> list[DrawFailure]:
        """Draw metrics.prom; with an empty text it is removed, so that outdated values are never
        read."""
        return self._draw_or_remove(METRICS, text.encode("utf-8", "replace"))

    def draw_first_start(self, ledger: Ledger, zone: Zone) -> list[DrawFailure]:
        """Draw first_start.json unless it is there and right: it is written once."""
        first = ledger.first_start()
        path = os.path.join(self.directory, FIRST_START)
        if first is None or _start_time_is(read_own(path, 4096), first):
            return []
        content: FirstStartJson = {"start_time": zone.iso(first)}
        return self._draw(FIRST_START, _json(content), durable=True)

    def draw_logs(self, ledger: Ledger, zone: Zone) -> list[DrawFailure]:
        """Bring session_logs.json up to date; sessions that ended before the last time are not
        written again.

        Where another program wrote to the ledger meanwhile, the next time all are: it may have
        imported some.
        """

        def lines(number: int) -> Iterator[str]:
            return (_session_line(session, zone) for session in ledger.sessions_from(number))

        version = ledger.version()
        try:
            visible, spare = self._logs.draw(
                lines, _number_of, ledger.drawn(SESSION_LOGS), ledger.drawn(_SPARE)
            )
        except OSError as error:
            return [_failure(SESSION_LOGS, error)]
        with ledger.transaction():
            if ledger.version() == version:
                for name, stamp in ((SESSION_LOGS, visible), (_SPARE, spare)):
                    if stamp is not None:
                        ledger.keep_drawn(name, stamp)
        return []

    def _draw_or_remove(self, name: str, content: bytes) -> list[DrawFailure]:
        """Draw a file that is there only while it holds something."""
        if content:
            return self._draw(name, content)
        try:
            os.unlink(os.path.join(self.directory, name))
        except FileNotFoundError:
            pass
        except OSError as error:
            return [_failure(name, error)]
        return []

    def _draw(self, name: str, content: bytes, *, durable: bool = False) -> list[DrawFailure]:
        try:
            replace(os.path.join(self.directory, name), content, durable=durable)
        except OSError as error:
            return [_failure(name, error)]
        return []


def _failure(name: str, error: OSError) -> DrawFailure:
    """Why a file could not be drawn, and at which other one that was, if it was."""
    place, reason = os.path.basename(str(error.filename or name)), error.strerror or str(error)
    return DrawFailure(name, reason if place == name else f"{place}: {reason}")


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _start_time_is(content: bytes | None, at: int) -> bool:
    try:
        return parse_iso(json.loads(content or b"")["start_time"]) == at // 1000 * 1000
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return False
