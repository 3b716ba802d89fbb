"""debug.log: bounded, and never in anybody's way."""

from pathlib import Path

from codespace_tracker.machine.debug_log import DebugLog


def test_lines_are_stamped_and_kept_apart(tmp_path: Path) -> None:
    log = DebugLog(str(tmp_path))
    log.write("one")
    log.write("two \udcff\n")
    first, second = (tmp_path / "debug.log").read_text().splitlines()
    assert first.endswith("] one")
    assert second.endswith("] two \\udcff")


def test_it_is_rotated_and_takes_a_bounded_place(tmp_path: Path) -> None:
    log = DebugLog(str(tmp_path))
    for _ in range(300):
        log.write("x" * 10_000)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) <= {"debug.log", "debug.log.1"}
    assert sum(sizes.values()) < 1_200_000


def test_a_place_that_cannot_be_written_raises_nothing(tmp_path: Path) -> None:
    DebugLog(str(tmp_path / "nowhere")).write("lost")
    (tmp_path / "debug.log").mkdir()
    DebugLog(str(tmp_path)).write("lost")
