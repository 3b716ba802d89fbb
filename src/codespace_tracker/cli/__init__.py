"""The verbs. Each is a file of its own, imported when it is called."""

import gc
import sys


def main() -> None:
    """Run the verb that was asked for; exits with 0 done, 1 expected failure, 2 usage, 3 our bug, 130 interrupted."""
    gc.disable()  # most verbs end before there is anything to collect; one that stays turns it on again

    from codespace_tracker.cli.program import run

    code = run(sys.argv[1:])
    gc.freeze()  # or Python looks through all that there is for rubbish before it exits
    sys.exit(code)
