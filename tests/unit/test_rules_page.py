"""docs/rules.md, held to the source and the tests that it names."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/rules.md").read_text()
RULES = (ROOT / "tests/simulation/test_rules.py").read_text()
SOURCES = sorted((ROOT / "src/codespace_tracker").rglob("*.py"))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE))))
def test_each_file_that_the_page_names_is_there(path: str) -> None:
    assert any((folder / path).is_file() for folder in (ROOT / "src/codespace_tracker", ROOT))


def test_each_numbered_rule_has_tests_and_each_tested_rule_is_on_the_page() -> None:
    on_the_page = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert on_the_page == [str(number) for number in range(1, len(on_the_page) + 1)]
    assert set(re.findall(r"^def test_rule_(\d+)_", RULES, re.MULTILINE)) == set(on_the_page)


def test_no_source_refers_to_a_rule_or_a_section_without_its_page() -> None:
    """A number alone sends a reader to a document that may not be there."""
    named = re.compile(r"\b(?:rules?|section) \d")
    lines = [line for path in SOURCES for line in path.read_text().splitlines()]
    assert [line for line in lines if named.search(line) and "docs/" not in line] == []
