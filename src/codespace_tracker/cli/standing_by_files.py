"""How the triggers stand by what the files say now, also where that is not in force yet."""

import os

from codespace_tracker.cli import show
from codespace_tracker.config.plan import DEFAULT_PLAN, FILES, Plan, Problem
from codespace_tracker.daemon.begin import begin
from codespace_tracker.failure import Failure, nothing_counted
from codespace_tracker.ledger.connect import LedgerMissing
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, environment
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.views import now as tracker_now
from codespace_tracker.views import wording
from codespace_tracker.views.standing import Standing, of_ledger, standing_at, with_surroundings


def look_at_files(directory: str) -> Standing:
    """How the triggers stand by what the files say now: also where that is not in force yet, or nothing was ever
    started. Files with problems change nothing, as in the tracker. Raises LedgerError, Failure."""
    try:
        ledger = tracker_now.open_ledger(directory)
    except LedgerMissing:
        return _at_first_start(directory)
    with ledger:
        found = of_ledger(directory, ledger)
        if not found.is_up_to_date:
            plan = _plan_of_files(directory, found.plan)[0]
            found = of_ledger(directory, ledger, plan)._replace(by_files=True) if plan is not None else found
        return with_surroundings(directory, found)


def _at_first_start(directory: str) -> Standing:
    """How they would stand at a first start at this moment. Raises Failure."""
    if not os.path.lexists(rooted(os.path.join(directory, FILES[-1]))):
        raise nothing_counted(directory)
    plan, problems = _plan_of_files(directory, DEFAULT_PLAN)
    if plan is None:
        told = "\n".join(show.item(str(problem)) for problem in problems)
        raise Failure(f"{directory}: its files have {wording.count(len(problems), 'problem')}:\n{told}")
    with Ledger.in_memory() as ledger:
        reading = clock.read()
        begin(ledger, reading, environment.cores, environment.detect(os.environ))
        found = standing_at(ledger, reading, None, plan)
    if found is None:
        raise nothing_counted(directory)
    files = (f"{FILES[-1]} is not in force yet: codespace-tracker start",)
    return with_surroundings(directory, found._replace(is_up_to_date=False, files=files, by_files=True))


def _plan_of_files(directory: str, last: Plan) -> tuple[Plan | None, list[Problem]]:
    from codespace_tracker.config.load import plan_as_written  # needed only where the plan in force is another one

    return plan_as_written(directory, clock.read().wall_us, last)
