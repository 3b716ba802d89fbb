"""What is said where a tracker was asked to end and did not."""

import os
import shlex

from codespace_tracker.cli.failure import Failure
from codespace_tracker.daemon import control
from codespace_tracker.machine import lock


def does_not_end(directory: str) -> Failure:
    """Why the tracker of a state directory is still there, and what to do about it."""
    found = control.running(directory)
    if found.is_elsewhere:
        them = "that container" if found.place == "in another container" else "that container or machine"
        return Failure(
            f"{directory}: its tracker runs {found.place}. Mend: `codespace-tracker stop` there, or stop {them}."
        )
    pids = " ".join(map(str, control.certain_pids(directory)))
    if not pids:
        locks = " ".join(shlex.quote(os.path.join(directory, name)) for name in (lock.KEEPER_LOCK, lock.DAEMON_LOCK))
        mend = f"Mend: as root, `fuser {locks}` shows which processes hold its locks."
        return Failure(f"{directory}: the tracker does not end, and which process it is cannot be seen. {mend}")
    named = f"process {pids.replace(' ', ', ')}"
    return Failure(f"{directory}: the tracker ({named}) does not end. Mend: `kill -9 {pids}`; nothing is lost.")
