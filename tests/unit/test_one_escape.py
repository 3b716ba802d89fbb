"""What a terminal would obey is made visible in one way, wherever it is shown."""

import pytest

from codespace_tracker.core.notice_text import clean
from codespace_tracker.core.text import showable, visible
from codespace_tracker.views.wording import printable


@pytest.mark.parametrize("char", ["\u200b", "\u202e", "\x1b", "\ue000"])
def test_a_character_is_made_visible_in_one_way_everywhere(char: str) -> None:
    shown = showable(char, 10)
    assert shown.isprintable()
    assert visible(char) == clean(f"a{char}")[1:] == printable(char) == shown


def test_a_tab_stays_where_lines_are_printed() -> None:
    assert printable("a\tb") == "a\tb"
    assert visible("a\tb") == "a\\x09b"
