"""The commands. Each is a file of its own, imported when it is called."""

import gc
import sys


def main() -> None:
    """Run a command; exits with 0 for done, 1 for a failure, 2 for usage, 3 for a bug, 130 when interrupted."""
    gc.disable()  # most commands end before there is anything to collect; one that stays turns it on again

    from codespace_tracker.cli.program import run

    code = run(sys.argv[1:])
    gc.freeze()  # or Python looks through all that there is for rubbish before it exits
    sys.exit(code)
