"""The verbs. Each is a file of its own, imported when it is called."""

import gc
import sys


def main() -> None:
    """Run the verb that was asked for; exits with 0 done, 1 expected failure, 2 usage, 3 our bug, 130 interrupted."""
    gc.disable()  # most verbs end before there is anything to collect; one that stays turns it on again

    from codespace_tracker.cli.run import run

    sys.exit(run(sys.argv[1:]))
