"""The running time as one short line, for shell prompts and status bars: prompt.txt, and what
`prompt` prints."""

from __future__ import annotations

from codespace_tracker.core.clock import MINUTE_US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.session import Session


def line(session: Session, today_us: int, *, running: bool) -> str:
    """`12m (today 3h 05m)`. Before it, how the session ended, or that nothing counts it
    although it is open."""
    state = "" if running else f"{session.ending or 'not running:'} "
    return f"{state}{clock_text(session.running_us)} (today {clock_text(today_us)})"


def clock_text(us: int) -> str:
    """A length of time as people say it: `47s`, `12m`, `3h 05m`."""
    minutes = us // MINUTE_US
    if minutes < 1:
        return f"{us // 1_000_000}s"
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02}m"
