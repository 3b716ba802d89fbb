"""What is said where a tracker was asked to end and did not."""

from codespace_tracker.cli.failure import Failure
from codespace_tracker.daemon import control


def does_not_end(directory: str) -> Failure:
    """Why the tracker of a state directory is still there, and what to do about it."""
    found = control.running(directory)
    if found.is_elsewhere:
        return Failure(
            f"{directory}: its tracker runs in another container. Mend: `codespace-tracker stop` there, or stop that"
            " container."
        )
    pids = ", ".join(str(holder.pid) for holder in found if holder is not None)
    return Failure(f"{directory}: the tracker (process {pids}) does not end. Mend: `kill -9` it; nothing is lost.")
