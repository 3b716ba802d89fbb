"""Progress on what takes longer than a second, by a clock that is told what time it is."""

import io

from codespace_tracker.cli.progress import counted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_after_a_second_it_is_told_how_far_it_is_and_in_the_end_nothing_is_left() -> None:
    terminal, times = Terminal(), iter(n / 10 for n in range(100))
    assert list(counted(range(50), "lines read", 2000, terminal, lambda: next(times))) == list(
        range(50)
    )
    shown = terminal.getvalue().split("\r\x1b[K")
    assert shown[0] == ""
    assert shown[1] == "9 of 2,000 lines read"
    assert shown[-1] == ""
    assert len(shown) < 30


def test_what_is_quick_shows_nothing() -> None:
    terminal, times = Terminal(), iter(n / 1000 for n in range(100))
    assert len(list(counted(range(50), "lines read", None, terminal, lambda: next(times)))) == 50
    assert terminal.getvalue() == ""


def test_where_nobody_looks_nothing_is_shown_however_long_it_takes() -> None:
    file, times = io.StringIO(), iter(range(0, 1000, 10))
    assert len(list(counted(range(50), "lines read", None, file, lambda: next(times)))) == 50
    assert file.getvalue() == ""


def test_an_end_in_the_middle_leaves_nothing_either() -> None:
    terminal, times = Terminal(), iter(range(0, 1000, 10))
    things = counted(range(50), "sessions", None, terminal, lambda: next(times))
    assert [next(things), next(things)] == [0, 1]
    things.close()
    assert terminal.getvalue().endswith("1 sessions\r\x1b[K")
