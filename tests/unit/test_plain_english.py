"""What people read is in plain English: no words that other projects do not use."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LEFT_OUT = {"proof.md", "benchmarks.md"}
CHECKED = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in _LEFT_OUT),
    ROOT / "feature/src/codespace-tracker/README.md",
    ROOT / "editor/vscode/README.md",
    *sorted((ROOT / "editor/vscode/src").rglob("*.ts")),
    *sorted((ROOT / "src").rglob("*.py")),
    *sorted((ROOT / "src").rglob("*.sh")),
]
"""What people read: pages, and the messages, help, docstrings and comments of the source."""

BANNED = [
    "anew",
    "whatever",
    "whoever",
    "whichever",
    "somebody",
    "nobody",
    "of ours",
    "of yours",
    "of nobody's",
    "so many",
    "so long",
]
_ANY = "|".join(word.replace(" ", r"\s+") for word in BANNED)
_WORDS = re.compile(rf"\b(?:{_ANY})\b", re.IGNORECASE)
_QUOTED = re.compile(r"^### `.*`$", re.MULTILINE)
"""A heading of docs/troubleshooting.md is a message, exactly as the program prints it."""


def banned_in(text: str) -> list[str]:
    """The banned words of a text, each with its line number."""
    readable = _QUOTED.sub("", text)
    found = _WORDS.finditer(readable)
    return [f"line {1 + readable.count(chr(10), 0, word.start())}: {word[0]}" for word in found]


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_people_read_has_no_banned_word(path: Path) -> None:
    assert banned_in(path.read_text()) == []


def test_a_banned_word_is_found_in_any_case_and_over_a_line_break() -> None:
    assert banned_in("Do it\nAnew, for so\nlong as it takes.") == [
        "line 2: Anew",
        "line 2: so\nlong",
    ]


def test_a_part_of_a_word_and_a_quoted_heading_are_not_found() -> None:
    assert banned_in("renewed\n### `it is being installed anew`\n") == []
