"""The terminal of `watch` on a real pseudo-terminal, in this process."""

import os
import signal
import sys
from collections.abc import Iterator
from typing import TextIO

import pytest

from codespace_tracker.cli.commands.watch.terminal import Terminal


class StoppedWhileWriting:
    """An output at which Ctrl-Z is pressed in the middle of a write, once."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.is_writing = self.was_written_to_within = False
        self.is_pressed = False

    def write(self, text: str) -> int:
        self.was_written_to_within |= self.is_writing
        self.is_writing = True
        if "picture" in text and not self.is_pressed:
            self.is_pressed = True
            signal.raise_signal(signal.SIGTSTP)
        self.is_writing = False
        return self._file.write(text)

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


@pytest.fixture
def pseudo_terminal() -> Iterator[TextIO]:
    leader, follower = os.openpty()
    with open(follower, "w") as file:
        yield file
    os.close(leader)


def test_ctrl_z_in_the_middle_of_a_picture_is_obeyed_after_it(
    pseudo_terminal: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = StoppedWhileWriting(pseudo_terminal)
    monkeypatch.setattr(sys, "stdin", pseudo_terminal)
    monkeypatch.setattr(sys, "stdout", output)
    stops: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: stops.append(number))
    with Terminal() as terminal:
        terminal.paint(["a picture"])
        assert output.is_pressed
        assert stops == []
        assert not output.was_written_to_within
        assert terminal.wait(0) == "resized"  # which has it drawn again
        assert stops == [signal.SIGTSTP]
