"""The plan in force: the one that was kept, until a child has made a new one; and the last good one
as long as the files have problems."""

from codespace_tracker.config.plan import DEFAULT_PLAN, Loaded, Plan
from codespace_tracker.core.clock import DAY_US, SECOND_US
from codespace_tracker.core.session import Session
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.store import KeptPlan, Ledger
from codespace_tracker.machine.debug_log import DebugLog

_AGAIN_US = 10 * SECOND_US
_MOST_DOUBLINGS = 12
"""When a check that was cut off is tried again, in running time: each time it takes twice as long,
up to 11 hours."""

_ANEW_US = DAY_US
"""How long a plan is good, in running time: then a time zone database may have been upgraded."""


class Planning:
    """The plan of one state directory, as `plan`."""

    def __init__(self, log: DebugLog, problems: Problems) -> None:
        self.plan: Plan = DEFAULT_PLAN
        self._log = log
        self._problems = problems
        self._cut_off = 0
        self._again_us: int | None = None

    def take_kept(self, ledger: Ledger) -> None:
        """Work from the plan that was in force last. Raises LedgerError."""
        kept = ledger.kept_plan()
        if kept is None:
            return
        try:
            self.plan = Plan.from_json(kept.plan)
        except ValueError as error:
            self._log.write(
                f"the stored plan cannot be read ({error}): using defaults until a new one is made"
            )

    def take_is_due_again(self, session: Session) -> bool:
        """Whether the plan is to be made again, though nothing was edited; true once."""
        is_due = self._again_us is not None and session.running_us >= self._again_us
        if is_due:
            self._again_us = None
        return is_due

    def take_new(self, loaded: Loaded, ledger: Ledger, at: int, session: Session) -> None:
        """Work from a plan that was made, and keep it; `at` is now (UTC µs). Never raises."""
        # it is usually cut off because the machine has no memory left, not because of the files
        again_us = (
            _AGAIN_US << min(self._cut_off, _MOST_DOUBLINGS) if loaded.is_cut_off else _ANEW_US
        )
        self._again_us = session.running_us + again_us
        self._cut_off = self._cut_off + 1 if loaded.is_cut_off else 0
        before = self.plan
        if loaded.plan is not None:
            self.plan = loaded.plan
        self._problems.set_many("config", [str(problem) for problem in loaded.problems])
        kept = KeptPlan(self.plan.to_json(), Loaded(None, loaded.problems, loaded.stamps).to_json())
        try:
            was = ledger.kept_plan()
            if kept == was:
                return
            refused = bool(loaded.problems)
            with ledger.transaction():
                ledger.keep_plan(kept)
                if was is None or refused or before.without_points() != self.plan.without_points():
                    kind = "config_refused" if refused else "config_loaded"
                    detail = {"problems": len(loaded.problems), "triggers": len(self.plan.triggers)}
                    ledger.note(at, kind, session.number, detail)
        except LedgerError as error:
            self._problems.set("ledger", str(error))
