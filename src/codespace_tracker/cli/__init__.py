"""The verbs. Each is a file of its own, imported when it is called."""

import sys


def main() -> None:
    """Run the verb that was asked for; exits with 0 done, 1 expected failure, 2 usage, 3 our bug, 130 interrupted."""
    from codespace_tracker.cli.run import run

    sys.exit(run(sys.argv[1:]))
