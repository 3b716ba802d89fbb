"""The list that grows: always whole, always what it should say, and only its end is ever
written."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.children import forked

from codespace_tracker.machine.growing_list import GrowingList, Stamp


class Writer:
    """Draws a list of entries whose last one still changes, and remembers how the files looked."""

    def __init__(self, folder: Path) -> None:
        self.list = GrowingList(str(folder / "list.json"))
        self.path = folder / "list.json"
        self.entries: list[dict[str, object]] = []
        self.asked: list[int] = []
        self.visible: Stamp | None = None
        self.spare: Stamp | None = None

    def draw(self) -> None:
        def lines(number: int) -> Iterator[str]:
            self.asked.append(number)
            return (json.dumps(entry) for entry in self.entries[max(0, number - 1) :])

        self.visible, self.spare = self.list.draw(lines, number_of, self.visible, self.spare)

    def add(self) -> None:
        self.entries.append({"number": len(self.entries) + 1, "minutes": 0, "text": "x" * 30})
        self.draw()

    def shown(self) -> object:
        return json.loads(self.path.read_bytes())


def number_of(line: bytes) -> int:
    return int(json.loads(line)["number"])


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path)


def test_each_draw_shows_all_entries(writer: Writer) -> None:
    writer.draw()
    assert writer.shown() == []
    for _ in range(50):
        writer.add()
        assert writer.shown() == writer.entries
        writer.entries[-1]["minutes"] = 20
        writer.draw()
        assert writer.shown() == writer.entries


def test_a_long_history_is_not_asked_for_again(writer: Writer) -> None:
    for _ in range(200):
        writer.add()
    writer.asked.clear()
    for _ in range(5):
        writer.add()
    assert min(writer.asked) >= 199


@pytest.mark.parametrize("what", ["the visible file", "the spare"])
@pytest.mark.parametrize("how", ["truncated", "garbage", "gone", "edited", "link"])
def test_a_file_that_somebody_changed_is_drawn_anew(
    writer: Writer, tmp_path: Path, what: str, how: str
) -> None:
    for _ in range(5):
        writer.add()
    path = Path(writer.list.path if what == "the visible file" else writer.list.spare)
    content = path.read_bytes()
    path.unlink()
    if how == "link":
        (tmp_path / "theirs").write_bytes(b"theirs")
        path.symlink_to(tmp_path / "theirs")
    elif how != "gone":
        path.write_bytes(
            {"truncated": content[:70], "garbage": b"\xff" * 90, "edited": content + b" "}[how]
        )
    for _ in range(3):
        writer.add()
        assert writer.shown() == writer.entries
    assert how != "link" or (tmp_path / "theirs").read_bytes() == b"theirs"


def test_who_reads_slowly_reads_a_whole_list(writer: Writer) -> None:
    writer.add()
    with writer.path.open("rb") as file:
        before = [dict(entry) for entry in writer.entries]
        for _ in range(4):
            writer.add()
        assert json.loads(file.read()) == before


@given(crash=st.integers(min_value=0, max_value=8), drawn=st.integers(min_value=0, max_value=4))
def test_a_crash_between_any_two_steps_leaves_a_whole_list(
    tmp_path_factory: pytest.TempPathFactory, crash: int, drawn: int
) -> None:
    folder = tmp_path_factory.mktemp("crash")
    writer = Writer(folder)
    for _ in range(drawn):
        writer.add()
    before = [dict(entry) for entry in writer.entries]

    def add_and_crash() -> None:
        crash_at(crash)
        writer.add()

    os.waitpid(forked(add_and_crash), 0)
    shown = writer.shown() if writer.path.exists() else []
    assert shown in (before, [*before, {"number": drawn + 1, "minutes": 0, "text": "x" * 30}])
    writer.add()
    assert writer.shown() == writer.entries


def crash_at(step: int) -> None:
    """Let this process die in place of the system call number `step` of those that change files."""
    left = [step]
    for name in ("unlink", "open", "ftruncate", "write", "fdatasync", "link", "rename"):
        real = getattr(os, name)

        def dying(*arguments: object, real: object = real, **more: object) -> object:
            if left[0] == 0:
                os._exit(1)
            left[0] -= 1
            return real(*arguments, **more)  # type: ignore[operator]

        setattr(os, name, dying)


def test_a_list_that_begins_otherwise_stays_so_in_all_later_draws(writer: Writer) -> None:
    """As after an import: what is known of the files is void, and all later draws are of the new
    list."""
    writer.add()
    writer.add()
    writer.entries = [{"number": n, "minutes": 9, "text": "another"} for n in range(1, 5)]
    writer.visible = writer.spare = None
    for _ in range(3):
        writer.draw()
        assert writer.shown() == writer.entries
