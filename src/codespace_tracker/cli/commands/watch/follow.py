"""When `watch` draws, and when it rests: every two seconds, until nobody has pressed a key for some minutes."""

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

EVERY_SECONDS = 2.0

Event = Literal["quit", "key", "resized"]


class Rest(NamedTuple):
    """How it stands with resting: the limit, and how much of it is left; nothing: it rests. Seconds."""

    limit: float
    left: float

    @property
    def is_now(self) -> bool:
        """Whether nothing is drawn any more, until a key comes."""
        return self.left <= 0


class Screen(Protocol):
    """What is drawn on, and who looks at it."""

    def paint(self, lines: list[str]) -> None:
        """Show these lines, and no others."""

    def wait(self, seconds: float | None) -> Event | None:
        """Wait for an event, for so long (None: for ever); None when the time is over."""


def follow(screen: Screen, picture: Callable[[Rest], list[str]], clock: Callable[[], float], limit: float) -> None:
    """Draw pictures until somebody quits. `clock` says the time, and `limit` how long to go on without a key: seconds.

    While it rests it sleeps until a key comes, and prints nothing.
    """
    touched = clock()
    while True:
        rest = Rest(limit, limit - (clock() - touched))
        screen.paint(picture(rest))
        event = screen.wait(None if rest.is_now else min(EVERY_SECONDS, rest.left))
        if event == "quit":
            return
        if event == "key":
            touched = clock()
