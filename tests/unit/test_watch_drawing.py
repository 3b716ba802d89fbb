"""The lines of `watch`: as wide as the terminal shows them, in their styles."""

import pytest

from codespace_tracker.cli.commands.watch.drawing import (
    beside,
    cut,
    drawn,
    line,
    pairs,
    width,
    wrapped,
)


def plain(*lines: tuple[tuple[str, str], ...]) -> list[str]:
    return ["".join(text for text, _ in one).rstrip() for one in lines]


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("backup", 6, "backup"),
        ("backup", 5, "back…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301tude", 5, "e\u0301tude"),
        ("e\u0301tude", 4, "e\u0301tu…"),
    ],
)
def test_a_cut_line_takes_no_more_columns_than_it_may(text: str, columns: int, shown: str) -> None:
    found = cut(line(text), columns)
    assert plain(found) == [shown]
    assert width(found) <= columns


def test_a_cut_line_keeps_its_styles() -> None:
    found = cut(line(("●", "green"), " ", ("running", "bold"), " · here"), 8)
    assert found == (("●", "green"), (" ", ""), ("runni", "bold"), ("…", "bold"))


def test_lines_are_broken_at_spaces_and_each_keeps_its_styles() -> None:
    found = wrapped(line(("Paused after 5 minutes. ", "yellow"), ("q quits.", "bold")), 16)
    assert found == [
        (("Paused after 5", "yellow"),),
        (("minutes. ", "yellow"), ("q", "bold")),
        (("quits.", "bold"),),
    ]
    assert all(width(one) <= 16 for one in found)


def test_a_line_that_fits_keeps_its_spaces() -> None:
    assert plain(*wrapped(line("   and 2 more"), 20)) == ["   and 2 more"]


def test_words_of_wide_characters_are_broken_by_their_columns() -> None:
    assert plain(*wrapped(line("日本語の名前"), 5)) == ["日本", "語の", "名前"]


def test_what_is_beside_each_other_begins_in_the_same_column() -> None:
    left = [line("日本"), line("a"), line("b")]
    assert plain(*beside(left, [line("one"), line("two")], 2)) == ["日本  one", "a     two", "b"]


def test_where_names_and_values_are_too_wide_the_names_are_cut() -> None:
    rows = [("Session 1", "9m 01s"), ("All sessions", "17m 05s")]
    assert plain(*pairs(rows, 80)) == ["Session 1      9m 01s", "All sessions  17m 05s"]
    assert plain(*pairs(rows, 20)) == ["Session 1     9m 01s", "All sessio…  17m 05s"]


def test_colours_are_left_out_and_bold_is_not() -> None:
    one = line(("7 %", "bold red"), " ", ("quits", "dim"))
    assert drawn(one, colours=True) == "\x1b[1;31m7 %\x1b[0m \x1b[2mquits\x1b[0m"
    assert drawn(one, colours=False) == "\x1b[1m7 %\x1b[0m \x1b[2mquits\x1b[0m"
