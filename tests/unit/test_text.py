"""Texts of others: what a terminal would obey is made visible, and nothing is endless."""

import pytest

from codespace_tracker.core.text import showable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä", "plain ä"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x00", "\\x00"),
        ("a\nb", "a\\x0ab"),
        ("\xff\xa0", "ÿ\\xa0"),
        ("\u0100\u2028", "Ā\\u2028"),
        ("\udcff", "\\udcff"),
        ("", ""),
    ],
)
def test_what_is_not_printable_is_made_visible(text: str, shown: str) -> None:
    assert showable(text, 20) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abcde", "abcde"),
        ("abcdef", "abcd…"),
        ("ab\n", "ab\\x…"),  # longer than it may be once it is visible
        ("a\n", "a\\x0a"),
        ("abcde" * 1000, "abcd…"),
    ],
)
def test_what_is_too_long_is_cut_to_exactly_the_limit(text: str, shown: str) -> None:
    assert showable(text, 5) == shown
    assert len(shown) <= 5
