"""How many examples a property test tries: few in the everyday run,
`CODESPACE_TRACKER_TEST_EXAMPLES` times as many in the long one (`proof/run properties`)."""

import os
from typing import Any

from hypothesis import settings

_TIMES = int(os.environ.get("CODESPACE_TRACKER_TEST_EXAMPLES", "1"))
USUAL = 50 * _TIMES
"""What a test tries that does not say how many."""


def examples(count: int, **more: Any) -> settings:
    """Hypothesis' settings for a test that tries `count` examples in the everyday run."""
    return settings(max_examples=count * _TIMES, deadline=None, **more)
