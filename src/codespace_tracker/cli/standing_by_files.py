"""The state of the triggers according to the files as they are now, even if not in force yet."""

import os

from codespace_tracker.cli import show
from codespace_tracker.config.configuration import (
    DEFAULT_CONFIGURATION,
    FILES,
    Configuration,
    Problem,
)
from codespace_tracker.core.clock import Reading
from codespace_tracker.daemon.begin import begin
from codespace_tracker.failure import Failure, nothing_counted
from codespace_tracker.ledger.connect import LedgerMissing
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, environment
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.views import wording
from codespace_tracker.views.scene import scene
from codespace_tracker.views.standing import Standing, standing_at, standing_in, with_surroundings


def look_at_files(directory: str) -> Standing:
    """The state of the triggers according to the files as they are now, even if they are not in
    force yet or the tracker was never started. As in the tracker, files with problems change
    nothing. Raises LedgerError, Failure."""
    try:
        with scene(directory) as here:
            standing = standing_in(here)
            if standing.is_up_to_date:
                return standing
            configuration = _configuration_of_files(
                directory, standing.configuration, here.reading
            )[0]
            return (
                standing
                if configuration is None
                else standing_in(here, configuration)._replace(by_files=True)
            )
    except LedgerMissing:
        return _at_first_start(directory)


def _at_first_start(directory: str) -> Standing:
    """Their state if the tracker were started for the first time now. Raises Failure."""
    if not os.path.lexists(rooted(os.path.join(directory, FILES[-1]))):
        raise nothing_counted(directory)
    reading = clock.read()
    configuration, problems = _configuration_of_files(directory, DEFAULT_CONFIGURATION, reading)
    if configuration is None:
        problem_text = "\n".join(show.item(str(problem)) for problem in problems)
        raise Failure(
            f"{directory}: its files have {wording.count(len(problems), 'problem')}:\n"
            f"{problem_text}"
        )
    with Ledger.in_memory() as ledger:
        begin(ledger, reading, environment.cores, environment.detect(os.environ))
        standing = standing_at(ledger, reading, None, configuration)
    if standing is None:
        raise nothing_counted(directory)
    files = (f"{FILES[-1]} is not in force yet. To start: codespace-tracker start",)
    return with_surroundings(
        directory, standing._replace(is_up_to_date=False, files=files, by_files=True)
    )


def _configuration_of_files(
    directory: str, last: Configuration, reading: Reading
) -> tuple[Configuration | None, list[Problem]]:
    from codespace_tracker.config.load import (
        configuration_as_written,
    )  # needed only if the configuration in force differs

    return configuration_as_written(directory, reading.wall_us, last)
