"""The situations that the page is drawn in, each with a state directory of its own."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import fleets, month
from tests.fleets import Other
from tests.month import Month, Work

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.stream import TEXT_LIMIT
from codespace_tracker.core.text import visible
from codespace_tracker.machine.state_directory import prepare

HOSTILE = (
    "</title></style></script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)> {{ 7 * 7 }} {% raw %}",
    "javascript:alert(1) &lt;b&gt; &amp;amp; \u202e\u200b\x1b[31m\x07",
    "long" * 500,
    "\U0001f600 e\u0301 漢字 \u05d0\u05d1",
)
"""Names that others chose, to break what shows them."""

_ONE_MINUTE = Work(month.NOW - 40 * SECOND_US, 40 * SECOND_US, 0, 2, "", is_seen=False)


def _hostile() -> Month:
    works = [
        work._replace(repository=HOSTILE[n % len(HOSTILE)]) for n, work in enumerate(month.works())
    ]
    labels = ["".join(filter(str.isprintable, name))[:200] for name in HOSTILE]
    triggers = [
        {
            "label": label,
            "script_command": "true",
            "flag_name": f"f{n}",
            "conditions": {"every_minutes": 30},
        }
        for n, label in enumerate(labels)
    ]
    ran = tuple(
        (f"f{n}", label, "edge", month.NOW - MINUTE_US * n, "failed")
        for n, label in enumerate(labels)
    )
    return Month(
        works,
        triggers=json.dumps(triggers),
        codespace=HOSTILE[0],
        ran=ran,
        broken_config=f"{json.dumps(HOSTILE[1])} = 1\n",
        notice=HOSTILE[2],
    )


_OWN_MACHINE = 'time_zone = "America/New_York"\n'
_MONTHS: dict[str, Callable[[], Month]] = {
    "month": lambda: Month(month.works()),
    "first minute": lambda: Month([_ONE_MINUTE], triggers="[]", ran=()),
    "stopped": lambda: Month(month.works(), is_running=False),
    "broken configuration": lambda: Month(month.works(), broken_config="heartbeat_seconds = 0\n"),
    "over quota": lambda: Month(month.works(), config='time_zone = "Asia/Kolkata"\nplan = 60\n'),
    "unknown presence": lambda: Month([work._replace(is_seen=False) for work in month.works()]),
    "no quota": lambda: Month(month.works(), config=_OWN_MACHINE, environment="container"),
    "hostile": _hostile,
    "all codespaces": lambda: Month(month.works()),
    "others' quota": lambda: Month(
        month.works(), config=f'{_OWN_MACHINE}user = "octocat"\n', environment="container"
    ),
}
_FLEETS: dict[str, Callable[[], list[Other]]] = {
    "all codespaces": lambda: fleets.three(month.NOW),
    "others' quota": lambda: fleets.three(month.NOW),
    "hostile": lambda: (
        [Other(visible(name)[:TEXT_LIMIT], [(month.NOW - HOUR_US, HOUR_US, 2)]) for name in HOSTILE]
        * 5
    ),
}
EMPTY = "empty"
SITUATIONS = (*_MONTHS, EMPTY)


@contextlib.contextmanager
def situation(name: str, folder: Path) -> Iterator[str]:
    """The state directory of a situation, while it lasts."""
    directory = str(folder / "state")
    if name == EMPTY:
        prepare(directory)
        yield directory
        return
    with month.lived(directory, _MONTHS[name]()):
        if name in _FLEETS:
            fleets.meet(directory, _FLEETS[name](), month.NOW)
        yield directory
