"""When the runtime files are drawn: each minute of running time, and when something happens."""

from collections.abc import Callable

from codespace_tracker import metrics
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.core.session import Session
from codespace_tracker.daemon.collector import Collector
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.runtime_files import DrawFailure, RuntimeFiles
from codespace_tracker.views.status import Status

LOGS_EVERY_MINUTES = 20


class RuntimeFileSchedule:
    """Keeps the runtime files of one directory up to date; what cannot be drawn only becomes a
    problem."""

    def __init__(self, files: RuntimeFiles, problems: Problems) -> None:
        self._files = files
        self._collector = Collector(files.directory, problems)
        self._problems = problems
        self._minute = -1
        self._logs_minute = 0
        # a file could not be drawn: it is tried again at each heartbeat
        self._has_failed = False

    def is_due(self, session: Session) -> bool:
        """Whether another minute of running time has begun, or the problems differ from those
        shown."""
        return (
            session.running_us // MINUTE_US != self._minute
            or self._problems.have_changed
            or self._has_failed
        )

    def draw(
        self,
        status: Callable[[], Status],
        ledger: Ledger,
        zone: Zone,
        *,
        everything: bool,
        into: bool | str,
    ) -> None:
        """Draw the files of the minute, and the others if it is time for them, or in any case
        (`everything`).

        `into` is the setting `metrics`.
        """
        try:
            self._problems.have_changed = False
            shown = status()
            self._minute = shown.session.running_us // MINUTE_US
            if everything or self._minute - self._logs_minute >= LOGS_EVERY_MINUTES:
                failed = [
                    *self._files.draw_first_start(ledger, zone),
                    *self._files.draw_logs(ledger, zone),
                ]
                self._logs_minute = self._minute - (
                    LOGS_EVERY_MINUTES if failed else 0
                )  # then again next minute
                self._tell("files of all sessions", failed)
            failed = self._files.draw_minute(shown)
            metrics_text = metrics.text(shown, Occurrences(ledger).run_totals()) if into else ""
            folder = into if isinstance(into, str) else ""
            failed += self._files.draw_metrics("" if folder else metrics_text)
            self._collector.draw(
                folder, shown.tracker.tracker_id, shown.session.last_seen_at, metrics_text
            )
        except LedgerError as error:
            self._problems.set("files", f"the runtime files could not be drawn: {error}")
            return
        self._has_failed = bool(failed)
        self._tell("files", failed)

    def draw_status(self, status: Callable[[], Status]) -> None:
        """Draw status.json: something happened. If it cannot be drawn, the next minute tells."""
        try:
            self._files.draw_status(status())
        except LedgerError:
            return

    def _tell(self, subject: str, failed: list[DrawFailure]) -> None:
        mend = "Fix: move away what is at its path, or check the permissions and the disk."
        self._problems.set_many(
            subject, [f"{name}: could not be written ({why}). {mend}" for name, why in failed]
        )
