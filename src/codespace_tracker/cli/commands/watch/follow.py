"""When `watch` draws: every two seconds, until no key has been pressed for some minutes."""

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

EVERY_SECONDS = 2.0

Event = Literal["quit", "key", "resized"]


class Rest(NamedTuple):
    """When drawing pauses: the limit, and how much of it is left, in seconds. At 0 it is paused."""

    limit: float
    left: float

    @property
    def is_now(self) -> bool:
        """Whether drawing is paused until a key is pressed."""
        return self.left <= 0


class Screen(Protocol):
    """The screen to draw on, and the keys pressed at it."""

    def paint(self, lines: list[str]) -> None:
        """Show these lines and nothing else."""

    def wait(self, seconds: float | None) -> Event | None:
        """Wait for an event, at most this long (None: forever). None if the time is up."""


def follow(
    screen: Screen, picture: Callable[[Rest], list[str]], clock: Callable[[], float], limit: float
) -> None:
    """Draw pictures until the user quits. `clock` is the time, and `limit` how long to go on
    without a key, both in seconds.

    While paused it sleeps until a key is pressed, and prints nothing.
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
