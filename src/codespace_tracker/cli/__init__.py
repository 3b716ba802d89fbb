"""The command line: its frame, and what several commands share. `commands/` has the commands."""

import gc
import sys


def main() -> None:
    """Run a command; exits with 0 for done, 1 for a failure, 2 for usage, 3 for a bug, 130 when
    interrupted."""
    # most commands end before there is garbage to collect; long-running ones turn it on again
    gc.disable()

    from codespace_tracker.cli.frame import run

    code = run(sys.argv[1:])
    gc.freeze()  # or Python searches all objects for garbage before it exits
    sys.exit(code)
