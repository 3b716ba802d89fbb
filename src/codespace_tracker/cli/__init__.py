"""The command line: its frame, and what several commands share. `commands/` has the commands."""

import gc
import os
import sys


def main() -> None:
    """Run a command; exits with 0 for done, 1 for a failure, 2 for usage, 3 for a bug, 130 when
    interrupted."""
    # most commands end before there is garbage to collect; long-running ones turn it on again
    gc.disable()

    from codespace_tracker.cli import frame

    code = frame.run(sys.argv[1:])
    if frame.plain(sys.argv[1:], os.environ) is not None:
        sys.stderr.flush()
        os._exit(code)  # all is said and closed: Python would take a while to forget what it knows
    gc.freeze()  # or Python searches all objects for garbage before it exits
    sys.exit(code)
