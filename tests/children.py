"""A child of the test's own process that can never go on with the tests."""

import os
import sys
import traceback
from collections.abc import Callable


def forked(work: Callable[[], object]) -> int:
    """Run `work` in a fork of this process and return its pid.

    The child ends with the number that `work` returns, or 0 for None; an exception is printed and
    makes it 1. It never returns to pytest: it would run all tests that follow a second time, and
    tell the same pytest about them.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            result = work()
            code = 0 if result is None else int(result)  # type: ignore[call-overload]
        except BaseException:  # noqa: BLE001  # SystemExit and KeyboardInterrupt too
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)
    return child
