"""The page in a real Chromium: accessible, readable, quiet and whole, however it is looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.chromium import NARROW, USUAL, WIDE, Look, opened, violations
from tests.situations import EMPTY, HOSTILE, SITUATIONS, situation

from codespace_tracker.cli.commands.page.rendering import answer, rendered

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LOOKS = {
    "light, narrow": Look(NARROW),
    "light, usual": Look(USUAL),
    "dark, narrow": Look(NARROW, "dark"),
    "dark, wide": Look(WIDE, "dark"),
    "printed": Look(USUAL, media="print"),
    "printed from dark": Look(USUAL, "dark", media="print"),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of the page of each situation."""
    found = {}
    for name in SITUATIONS:
        folder = tmp_path_factory.mktemp("page")
        with situation(name, folder) as directory:
            page = answer(directory, 28).page if name == EMPTY else rendered(directory, 28)
        (folder / "page.html").write_text(page)
        found[name] = (folder / "page.html").as_uri()
    return found


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("name", SITUATIONS)
def test_axe_finds_nothing_and_the_page_asks_for_nothing(
    name: str, look: Look, written: dict[str, str], chromium: Browser
) -> None:
    with opened(chromium, written[name], look) as seen:
        assert violations(seen.page) == []
        assert seen.requests == [written[name]]
        assert seen.complaints == []
        widths: Any = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], "nothing is scrolled sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_tables_behind_the_charts(
    scheme: str, written: dict[str, str], chromium: Browser
) -> None:
    with opened(chromium, written["month"], Look(NARROW, scheme)) as seen:
        for summary in seen.page.locator("summary").all():
            summary.click()
        assert violations(seen.page) == []
        assert seen.page.locator("details[open] table").count() == 4
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_all_that_can_be_used_is_reached_by_keys_in_order_and_shows_it(
    written: dict[str, str], chromium: Browser
) -> None:
    focus = """() => {
        const one = document.activeElement, style = getComputedStyle(one);
        return [one.tagName, one.getBoundingClientRect().top + scrollY,
                style.outlineStyle != "none" && parseFloat(style.outlineWidth) >= 2];
    }"""
    with opened(chromium, written["month"], Look()) as seen:
        page, reached = seen.page, []
        for _ in range(6):
            page.keyboard.press("Tab")
            reached.append(page.evaluate(focus))
        page.keyboard.press("Tab")
        assert page.evaluate(focus)[0] in ("BODY", "A"), "that was all"
        assert [tag for tag, _, _ in reached] == ["A", *["SUMMARY"] * 4, "DIV"]
        assert all(is_shown for _, _, is_shown in reached)
        assert [top for _, top, _ in reached] == sorted(top for _, top, _ in reached)
        page.locator("summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details").first.get_attribute("open") is not None
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "scroll"


@pytest.mark.parametrize("name", sorted({*SITUATIONS} - {EMPTY}))
def test_without_scripts_it_is_the_same_page(
    name: str, written: dict[str, str], chromium: Browser
) -> None:
    """So what axe says of it holds without scripts too: it cannot look there itself."""
    whole = []
    for scripts in (True, False):
        with opened(chromium, written[name], Look(scripts=scripts)) as seen:
            whole.append(seen.page.content())
            assert seen.complaints == []
    assert whole[0] == whole[1]
    assert "<script" not in whole[0]


def test_without_scripts_the_tables_open(written: dict[str, str], chromium: Browser) -> None:
    with opened(chromium, written["month"], Look(scripts=False)) as seen:
        seen.page.locator("summary").first.click()
        assert seen.page.locator("details[open] tbody tr").count() == 23


def luminance(colour: str) -> float:
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("media", ["screen", "print"])
def test_in_grey_the_kinds_of_time_differ_by_lightness_and_pattern(
    scheme: str, media: str, written: dict[str, str], chromium: Browser
) -> None:
    style = "([name, key]) => getComputedStyle(document.querySelector(name))[key]"
    with opened(chromium, written["month"], Look(USUAL, scheme, media)) as seen:

        def shown(name: str, key: str) -> str:
            return str(seen.page.evaluate(style, [name, key]))

        present, absent, unknown = (
            shown(f".legend rect.{name}", "fill") for name in ("present", "absent", "unknown")
        )
        assert "#hatch" in absent
        assert contrast(present, unknown) >= 2
        assert contrast(present, shown(".tile", "backgroundColor")) >= 4.5
        names = (".lines .left", ".f1", ".f2", ".even")
        assert len({shown(name, "strokeDasharray") for name in names}) == 4


def test_nothing_moves(written: dict[str, str], chromium: Browser) -> None:
    moving = """[...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one);
        return style.animationName != "none" || style.transitionDuration != "0s";
    }).length"""
    for motion, scrolling in (("reduce", "auto"), ("no-preference", "smooth")):
        with opened(chromium, written["month"], Look(motion=motion)) as seen:
            assert seen.page.evaluate(moving) == 0
            behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
            assert seen.page.evaluate(behaviour) == scrolling


def test_it_is_printed_on_few_sheets_and_light(written: dict[str, str], chromium: Browser) -> None:
    with opened(chromium, written["month"], Look(USUAL, "dark", media="print")) as seen:
        sheets = seen.page.pdf(format="A4", print_background=True)
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheets)) <= 3
        assert not seen.page.locator("summary").first.is_visible()
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"


def test_names_of_others_run_nothing_and_are_shown(
    written: dict[str, str], chromium: Browser
) -> None:
    with opened(chromium, written["hostile"], Look(NARROW)) as seen:
        assert seen.page.evaluate("document.scripts.length + document.images.length") == 0
        assert HOSTILE[0] in seen.page.locator("h1").inner_text()
        assert HOSTILE[1] in seen.page.locator("main").inner_text()


def test_figures_in_columns_end_below_each_other(
    written: dict[str, str], chromium: Browser
) -> None:
    with opened(chromium, written["month"], Look()) as seen:
        ends = seen.page.evaluate("""
            [...document.querySelectorAll(".strips tbody tr")].map(row => {
                const range = document.createRange();
                range.selectNodeContents(row.cells[2]);
                return Math.round(range.getBoundingClientRect().right * 10);
            })""")
        assert len(set(ends)) == 1
        widths = seen.page.evaluate("""
            [..."0123456789"].map(digit => {
                const one = document.createElement("span");
                one.textContent = digit;
                document.querySelector(".strips td.n").append(one);
                return one.getBoundingClientRect().width;
            })""")
        assert len(set(widths)) == 1


def test_text_is_of_one_scale_and_never_small(written: dict[str, str], chromium: Browser) -> None:
    sizes = """[...new Set([...document.querySelectorAll("body *")]
        .filter(one => [...one.childNodes].some(node => node.nodeType == 3 && node.data.trim()))
        .map(one => parseFloat(getComputedStyle(one).fontSize).toFixed(2)))].map(Number)"""
    steps = [12.8, 16, 20, 25, 48.83]  # each a quarter more than one before
    with opened(chromium, written["month"], Look()) as seen:
        found = seen.page.evaluate(sizes)
    code = [round(size * 0.95, 2) for size in steps]  # a fixed-width face looks larger
    assert set(found) <= {*steps, *code}
    assert min(found) >= 12


def test_one_hue_is_used_beside_greys(written: dict[str, str], chromium: Browser) -> None:
    colours = """[...document.querySelectorAll("body, body *")].flatMap(one => {
        const style = getComputedStyle(one);
        return [style.color, style.backgroundColor, style.fill, style.stroke];
    })"""
    found = set()
    for scheme in ("light", "dark"):
        with opened(chromium, written["over quota"], Look(scheme=scheme)) as seen:
            found |= set(seen.page.evaluate(colours))
    coloured = []
    for colour in found:
        parts = [int(number) for number in re.findall(r"\d+", colour)[:3]]
        if parts and max(parts) - min(parts) > 30:
            coloured.append(parts)
    assert coloured
    assert all(red < green and abs(green - blue) < 24 for red, green, blue in coloured), coloured
