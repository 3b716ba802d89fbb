"""Lengths of time as people type them."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codespace_tracker.cli.lengths import hours, length, minutes, number, seconds


@pytest.mark.parametrize(
    ("text", "in_minutes"),
    [
        *(
            ("2h", 120),
            ("90m", 90),
            ("1d12h", 2160),
            ("45s", 0.75),
            ("1h30m", 90),
            ("1h 30min", 90),
            ("2 H", 120),
        ),
        *(("1.5h", 90), (".5h", 30), ("1d 2h 3m 6s", 1563.1), (" 20m ", 20), ("0s", 0)),
        *(("120", 120), ("0.5", 0.5), ("-5", -5), ("1e3", 1000)),
    ],
)
def test_a_length_is_given_in_units_and_a_number_keeps_its_own(
    text: str, in_minutes: float
) -> None:
    assert minutes(text) == in_minutes


def test_each_unit_of_an_option_is_what_a_number_alone_means() -> None:
    assert (seconds("30"), minutes("30"), hours("30")) == (30, 30, 30)
    assert (seconds("2m"), minutes("2m"), hours("90m")) == (120, 2, 1.5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2x",
        "h",
        "1h1h",
        "30m1h",
        "nan",
        "inf",
        "1e999",
        "-2h",
        "2h!",
        "1,5h",
        "2h" * 99,
        "٣h",
    ],
)
def test_what_is_no_length_is_told_in_plain_words_with_an_example(text: str) -> None:
    with pytest.raises(
        click.BadParameter,
        match=r"is not a length of time. Write one such as 2h, 90m, 1d12h or 45s",
    ):
        minutes(text)


def test_what_is_no_number_is_told_in_plain_words_with_an_example() -> None:
    assert (number("75"), number(" 2.5 ")) == (75, 2.5)
    for text in ("75%", "nan", "many"):
        with pytest.raises(click.BadParameter, match=r"is not a number. Write one without a unit"):
            number(text)


@given(st.tuples(*(st.integers(0, 1000) for _ in range(4))))
def test_the_parts_of_a_length_add_up(parts: tuple[int, int, int, int]) -> None:
    text = "".join(f"{part}{unit}" for part, unit in zip(parts, "dhms", strict=True))
    days, h, m, s = parts
    assert length(text, "seconds") == ((days * 24 + h) * 60 + m) * 60 + s
