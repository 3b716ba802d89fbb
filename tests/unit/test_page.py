"""The page, as text: whole without a browser, with nothing in it that others chose as markup, and
with the figures of the terminal."""

import base64
import hashlib
import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.situations import EMPTY, HOSTILE, SITUATIONS, situation

from codespace_tracker.cli.commands.page.rendering import answer, rendered
from codespace_tracker.cli.program import program
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.views.page import page_in
from codespace_tracker.views.scene import scene

DAYS = 28
MOST_BYTES = 120_000


class Page(HTMLParser):
    """A page's elements with their attributes, and its text outside of styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.raw: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += " " * (tag in ("td", "th", "dt", "dd", "li", "p"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.open[-1:] in (["style"], ["script"]):
            self.raw[self.open[-1]] = data
        else:
            self.text += data


@pytest.fixture(params=SITUATIONS)
def shown(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    """The page of each situation; where there is nothing to show, the one that is served."""
    name = str(request.param)
    with situation(name, tmp_path) as directory:
        html = answer(directory, DAYS).page if name == EMPTY else rendered(directory, DAYS)
    assert len(html.encode()) <= MOST_BYTES
    return Page(html)


def test_elements_are_closed_and_ids_are_used_once(shown: Page) -> None:
    assert shown.open == []
    ids = [attrs["id"] for _, attrs in shown.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = [
        attrs[key] for _, attrs in shown.elements for key in ("aria-labelledby",) if key in attrs
    ]
    assert set(wanted) <= set(ids)


def test_nothing_is_loaded_and_nothing_has_a_style_or_a_handler_of_its_own(shown: Page) -> None:
    allowed = {"data:,", "#main"}
    for tag, attrs in shown.elements:
        assert tag not in ("img", "iframe", "object", "form", "base", "use", "image")
        assert not [name for name in attrs if name == "style" or name.startswith("on")], attrs
        for name in ("src", "href", "xlink:href", "action"):
            assert attrs.get(name, "#main") in allowed
    assert "@import" not in shown.raw["style"]
    assert re.findall(r"url\((.*?)\)", shown.raw["style"]) == ["#hatch", "#dots"]


def test_the_policy_allows_its_own_style_and_script_and_nothing_else(shown: Page) -> None:
    [policy] = [
        str(attrs["content"])
        for tag, attrs in shown.elements
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert parts.pop("default-src") == parts.pop("base-uri") == parts.pop("form-action") == "'none'"
    assert parts.pop("img-src") == "data:"
    for kind, text in shown.raw.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert parts.pop(f"{kind}-src") == f"'sha256-{digest}'"
    assert parts == {}


def test_names_of_others_are_text(tmp_path: Path) -> None:
    with situation("hostile", tmp_path) as directory:
        page = Page(rendered(directory, DAYS))
    assert "script" not in page.raw
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "b"})
    assert HOSTILE[0] in page.text
    assert HOSTILE[1] in page.text
    assert HOSTILE[4] in page.text
    assert "\\u202e\\u200b\\x1b[31m\\x07" in page.text
    assert not [char for char in page.text if not char.isprintable() and char != "\n"]
    assert max(map(len, re.findall(r"(?:long)+", page.text))) <= 81


def figures(directory: str, *words: str) -> str:
    answered = CliRunner().invoke(program, [*words, "--dir", directory])
    assert answered.exit_code == 0, answered.output
    return answered.output


def hours(us: int) -> str:
    return f"{us // HOUR_US}h {us % HOUR_US // MINUTE_US:02}m"


def test_the_figures_are_those_of_the_terminal(tmp_path: Path) -> None:
    with situation("month", tmp_path) as directory:
        page = Page(rendered(directory, DAYS))
        quota, status = figures(directory, "quota"), figures(directory, "status")
        months = figures(directory, "report", "--by", "repository", "--since", "27d")
    text = " ".join(page.text.split())
    [used] = re.findall(r"At least [\d.]+ of 120 core-hours \(\d+ %\) used", quota)
    assert used in text
    [left, lasts] = re.findall(r"at most ([\d.]+) core-hours: (\S+ \S+) on", quota)[0]
    assert f"{left} core-hours, at most" in text
    assert f"{lasts} on this machine’s 2 cores" in text
    for pace in re.findall(r"(?:last 7 days|this month) +([\d.]+) +([\d.]+)", quota):
        assert " ".join(pace) in text
    for length in re.findall(r"(?:Session \d+|Today|All sessions) +(\S+ \S+) ", status):
        assert length in text
    for name, ran in re.findall(r"(octocat/\S+) +\d+ +(\d+h \d\dm) ", months):
        assert f"{name} {ran}" in text


def test_all_codespaces_are_shown_next_to_this_one_with_what_is_missing(tmp_path: Path) -> None:
    with situation("all codespaces", tmp_path) as directory:
        page = Page(rendered(directory, DAYS))
        fleet = json.loads(figures(directory, "fleet", "--json"))
        quota = figures(directory, "quota")
        status = json.loads(figures(directory, "status", "--json"))
    text = " ".join(page.text.split())
    shown = text[text.index("All codespaces 1 Nov") : text.index("The last 14 days")]
    assert len(fleet["rows"]) == 4
    for row in fleet["rows"]:
        assert f"{row['name']} {hours(row['running_us'])}" in shown
    assert f"All {hours(sum(row['running_us'] for row in fleet['rows']))}" in shown
    assert "running, this one" in shown
    assert "last seen" in shown
    assert "not accepted" in shown
    missing = status["fleet"]["missing"]
    assert len(missing) == 3
    for note in missing:
        assert note in shown
        assert text.count(note) == 1
        assert note in " ".join(quota.split())
    [used] = re.findall(r"At least ([\d.]+) of 120", quota)
    own, others = (status["fleet"][f"month_{of}_core_us"] for of in ("here", "others"))
    assert float(used) == round((own + others) / HOUR_US, 1)
    assert f"All codespaces ({round(own / HOUR_US, 1)} here)" in text


def test_the_days_of_the_month_come_to_what_all_codespaces_used(tmp_path: Path) -> None:
    for name in ("all codespaces", "others' quota"):
        folder = tmp_path / name
        folder.mkdir()
        with situation(name, folder) as directory, scene(directory) as here:
            page = page_in(here, DAYS)
        assert page.fuel.gauge.others > 0
        assert page.points[-1].used == page.fuel.gauge.used


def test_without_other_codespaces_none_are_named(tmp_path: Path) -> None:
    with situation("month", tmp_path) as directory:
        assert "All codespaces" not in rendered(directory, DAYS)


def test_a_broken_fleet_db_is_said_and_the_page_has_the_rest(tmp_path: Path) -> None:
    with situation("month", tmp_path) as directory:
        Path(directory, "fleet.db").write_bytes(b"x" * 9000)
        page = Page(rendered(directory, DAYS))
    assert "All codespaces" not in page.text
    assert "fleet.db: it is damaged" in page.text


def test_it_goes_to_a_file_of_its_own_to_another_or_to_the_terminal(tmp_path: Path) -> None:
    with situation("month", tmp_path) as directory:
        said = figures(directory, "page").strip()
        assert said == f"{directory}/page.html"
        assert stat.S_IMODE(Path(said).stat().st_mode) == 0o600
        other = tmp_path / "other.html"
        assert figures(directory, "page", "--output", str(other)).strip() == str(other)
        assert stat.S_IMODE(other.stat().st_mode) == 0o600
        assert other.read_text() == Path(said).read_text()
        assert figures(directory, "page", "--output", "-") == other.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--serve", "--output", "x.html"], "leave out --output"),
        (["--port", "8000"], "--port needs --serve"),
        (["--open", "--output", "-"], "--open needs a file"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    words: list[str], why: str, tmp_path: Path
) -> None:
    answered = CliRunner().invoke(program, ["page", *words, "--dir", str(tmp_path / "state")])
    assert answered.exit_code == 2
    assert why in answered.output


def test_a_file_in_the_state_directory_is_refused(tmp_path: Path) -> None:
    with situation("month", tmp_path) as directory:
        answered = CliRunner().invoke(
            program, ["page", "--output", f"{directory}/status.json", "--dir", directory]
        )
    assert "belongs to the tracker" in str(answered.exception)


def test_before_the_first_session_it_is_refused_and_served_as_a_message(tmp_path: Path) -> None:
    with situation(EMPTY, tmp_path) as directory:
        asked = CliRunner().invoke(program, ["page", "--dir", directory])
        served = answer(directory, DAYS)
    assert asked.exit_code == 1
    assert served.status == 503
    assert "Fix: codespace-tracker start" in " ".join(Page(served.page).text.split()).replace(
        "`", ""
    )
