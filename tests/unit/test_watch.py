"""When `watch` draws and when it rests, by a clock that is told what time it is; and what a key
means."""

import pytest

from codespace_tracker.cli.commands.watch.follow import EVERY_SECONDS, Event, Rest, follow
from codespace_tracker.cli.commands.watch.terminal import _event


class Scene:
    """A screen on which time passes only while it is waited for; `events` come at their seconds."""

    def __init__(self, events: list[tuple[float, Event]]) -> None:
        self.now = 1000.0
        self.events = [(1000.0 + at, event) for at, event in events]
        self.painted: list[float] = []
        self.rested: list[float] = []
        self.waits = 0

    def picture(self, rest: Rest) -> list[str]:
        (self.rested if rest.is_now else self.painted).append(self.now - 1000)
        return []

    def paint(self, lines: list[str]) -> None:
        pass

    def wait(self, seconds: float | None) -> Event | None:
        self.waits += 1
        at, event = self.events[0]
        if seconds is not None and self.now + seconds < at:
            self.now += seconds
            return None
        self.now = at
        self.events.pop(0)
        return event

    def watch(self, limit: float) -> "Scene":
        follow(self, self.picture, lambda: self.now, limit)
        assert self.events == []
        return self


def test_it_draws_every_two_seconds_until_somebody_quits() -> None:
    scene = Scene([(9.0, "quit")]).watch(300)
    assert scene.painted == [0, 2, 4, 6, 8]
    assert EVERY_SECONDS == 2


def test_after_the_limit_without_a_key_it_says_so_once_and_sleeps_until_a_key_comes() -> None:
    scene = Scene([(3600.0, "key"), (3603.0, "quit")]).watch(300)
    assert scene.painted == [*range(0, 300, 2), 3600, 3602]
    assert scene.rested == [300], "one picture, and not a single look in the hour after it"
    assert scene.waits == len(scene.painted) + 1


def test_a_key_puts_off_the_rest_and_a_resize_does_not() -> None:
    scene = Scene([(4.0, "key"), (9.0, "resized"), (20.0, "quit")]).watch(10)
    assert scene.rested == [14]


def test_a_resize_while_it_rests_draws_that_it_rests_and_no_more() -> None:
    scene = Scene([(50.0, "resized"), (60.0, "quit")]).watch(10)
    assert scene.rested == [10, 50]
    assert max(scene.painted) < 10


@pytest.mark.parametrize(
    ("typed", "event"),
    [
        (b"q", "quit"),
        (b"Q", "quit"),
        (b"\x1b", "quit"),
        (b"\x03", "quit"),
        (b"\x04", "quit"),
        (b"", "quit"),
        (b"xq", "quit"),
        (b" ", "key"),
        (b"\r", "key"),
        (b"\x1b[A", "key"),
        (b"\x1bOq", "key"),
        ("é".encode(), "key"),
    ],
)
def test_q_escape_and_the_end_of_the_terminal_quit_and_anything_else_is_a_key(
    typed: bytes, event: str
) -> None:
    assert _event(typed) == event
