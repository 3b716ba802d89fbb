"""A team's page: who sees it, what is on it and what never is, and that forms of others do
nothing."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from tests.hub.serving import Answer, Served, served
from tests.hub.stores import TEAM, Played, Tracker, alone, told

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.hub import teams, tokens
from codespace_tracker.hub.web import openapi

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def now() -> int:
    return time.time_ns() // 1000


@pytest.fixture
def web(hub: Played) -> Iterator[Served]:
    hub.now = now()
    with served(hub.url, "--rate", "0") as found:
        yield found


class Browser:
    """Keeps cookies, and sends forms back."""

    def __init__(self, web: Served, headers: dict[str, str] | None = None) -> None:
        self._web = web
        self._headers = headers or {}
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def post(self, path: str, **fields: str) -> Answer:
        return self._ask("POST", path, urlencode(fields).encode(), FORM)

    def log_in(self, secret: str) -> Answer:
        return self.post("/login", csrf=csrf(self.get("/login")), secret=secret)

    def _ask(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> Answer:
        headers = {**self._headers, **more}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={of}" for name, of in self.cookies.items())
        answer = self._web.ask(method, path, body, headers=headers)
        for line in answer.cookies:
            self.set_cookies.append(line)
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer


def csrf(answer: Answer) -> str:
    found = re.search(rb'name="csrf" value="(\w+)"', answer.body)
    assert found
    return found[1].decode()


def viewer(hub: Played, team: str = TEAM) -> str:
    return hub.run(teams.new_viewer(hub.store, team, f"viewer of {team}", now()))


def tell(
    web: Served, tracker: Tracker, *spans: tuple[int, int, int], is_open: bool = False
) -> None:
    body = tracker.body(told(*spans, is_open=is_open))
    path = f"/v1/streams/{tracker.stream_id}"
    assert web.ask("POST", path, body, token=tracker.token).json["aside"] == []


def yesterday(hours: int) -> int:
    return (now() // DAY_US - 1) * DAY_US + hours * HOUR_US


def days() -> str:
    at = UTC.date(now() - DAY_US), UTC.date(now())
    return f"since={at[0]}&until={at[1]}"


def described() -> list[tuple[str, str]]:
    """The method and the path of all that is for programs."""
    return [(one.method.upper(), one.path) for one in openapi.OPERATIONS]


def text_of(answer: Answer) -> str:
    page = re.sub(r"<style>.*?</style>|<[^>]+>", " ", answer.body.decode(), flags=re.DOTALL)
    return html.unescape(page)


def test_a_viewer_logs_in_sees_the_team_and_logs_out(hub: Played, web: Served) -> None:
    ada = hub.joined("ada", repository="acme/rocket", codespace="fuzzy")
    tell(web, ada, (yesterday(1), 2 * HOUR_US, 4))
    browser = Browser(web)
    assert browser.get("/").headers["location"] == "login"
    assert browser.log_in(viewer(hub)).status == 303
    page = browser.get(f"/?{days()}")
    assert page.status == 200
    shown = text_of(page)
    for expected in (
        "acme/rocket",
        "fuzzy",
        "quiet-ada",
        "8 core-hours in 2h 00m",
        "rows add up",
    ):
        assert expected in shown, expected
    assert browser.post("/logout", csrf=csrf(page)).status == 303
    assert browser.get("/").headers["location"] == "login"


def test_time_of_a_person_in_several_codespaces_counts_once_and_that_is_said(
    hub: Played, web: Served
) -> None:
    for codespace in ("one", "two"):
        tell(web, hub.joined("ada", codespace=codespace), (yesterday(1), 2 * HOUR_US, 2))
    browser = Browser(web)
    browser.log_in(viewer(hub))
    page = browser.get(f"/?{days()}").body.decode()
    people = page.partition('id="people"')[2].partition("</section>")[0]
    assert "rows do not add up" in people
    assert re.findall(r'class="n">(2h 00m)<', people) == ["2h 00m"]
    assert "8 core-hours in 4h 00m" in html.unescape(page)


def test_two_streams_of_one_codespace_count_once(hub: Played, web: Served) -> None:
    for person in ("ada", "bob"):
        tracker = hub.joined(person, codespace="same", repository="acme/rocket")
        tell(web, tracker, (yesterday(1), 2 * HOUR_US, 2))
    fleet = web.ask("GET", f"/v1/fleet?{days()}", token=viewer(hub)).json["streams"]
    assert sorted(one["running_us"] for one in fleet) == [0, 2 * HOUR_US]


def test_what_runs_is_shown_as_running_only_while_it_tells(hub: Played, web: Served) -> None:
    tell(web, hub.joined("ada", codespace="live"), (now() - HOUR_US, HOUR_US, 2), is_open=True)
    tell(web, hub.joined("bob", codespace="lost"), (yesterday(1), HOUR_US, 2), is_open=True)
    browser = Browser(web)
    browser.log_in(viewer(hub))
    page = browser.get("/").body.decode()
    rows = dict(re.findall(r'<th scope="row">(\w+)</th>.*?class="n">([^<]*)<', page))
    assert rows["lost"].startswith("last seen ")
    assert not rows["live"].startswith("last seen ")


def test_what_a_stream_names_cannot_become_markup_or_a_formula(hub: Played, web: Served) -> None:
    tracker = hub.joined(
        "ada", codespace="<script>alert(1)</script>", repository="=cmd|' /C calc'!A0"
    )
    tell(web, tracker, (yesterday(1), HOUR_US, 2))
    browser, token = Browser(web), viewer(hub)
    browser.log_in(token)
    page = browser.get(f"/?{days()}")
    assert b"<script" not in page.body
    policy = page.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    rows = list(
        csv.reader(io.StringIO(web.ask("GET", f"/team.csv?{days()}", token=token).body.decode()))
    )
    assert rows[1][2].startswith("'=")


def test_the_csv_has_a_row_for_each_day_and_codespace(hub: Played, web: Served) -> None:
    midnight = yesterday(0)
    tell(web, hub.joined("ada", codespace="c"), (midnight - HOUR_US, 2 * HOUR_US, 4))
    browser, token = Browser(web), viewer(hub)
    asked = f"since={UTC.date(midnight - DAY_US)}&until={UTC.date(midnight)}"
    by_token = web.ask("GET", f"/team.csv?{asked}", token=token)
    browser.log_in(token)
    assert browser.get(f"/team.csv?{asked}").body == by_token.body
    head, *rows = csv.reader(io.StringIO(by_token.body.decode()))
    assert head[0] == "day"
    assert [row[-3:] for row in rows] == [["1.0000", "4.0000", "1"], ["1.0000", "4.0000", "0"]]


def test_the_cookie_is_for_this_hub_alone_and_over_https_for_this_host_alone(
    hub: Played, web: Served
) -> None:
    secret = viewer(hub)
    plain, proxied = Browser(web), Browser(web, {"X-Forwarded-Proto": "https"})
    for browser in (plain, proxied):
        assert browser.log_in(secret).status == 303
        for cookie in browser.set_cookies:
            assert "HttpOnly" in cookie
            assert "samesite=lax" in cookie.lower()
        assert secret not in str(browser.set_cookies)
    assert all("; Secure" in one and one.startswith("__Host-") for one in proxied.set_cookies)
    assert not any("Secure" in one for one in plain.set_cookies)


@pytest.mark.parametrize("what", ["forged", "expired", "of another team", "cut off", "nonsense"])
def test_a_cookie_that_is_not_ours_shows_nothing(hub: Played, web: Served, what: str) -> None:
    browser = Browser(web)
    browser.log_in(viewer(hub))
    team, prefix, until, proof = browser.cookies["session"].split(".")
    hub.run(hub.store.add_team("other", "Other", now()))
    viewer(hub, "other")
    browser.cookies["session"] = {
        "forged": f"{team}.{prefix}.{int(until) + 1}.{proof}",
        "expired": f"{team}.{prefix}.{now() - 1}.{proof}",
        "of another team": f"other.{prefix}.{until}.{proof}",
        "cut off": f"{team}.{prefix}.{until}.",
        "nonsense": "x" * 3000,
    }[what]
    assert browser.get("/").headers["location"] == "login"
    assert browser.get("/team.csv").status == 401


def test_a_viewer_who_is_removed_sees_nothing_any_more(hub: Played, web: Served) -> None:
    browser = Browser(web)
    browser.log_in(viewer(hub))
    assert browser.get("/").status == 200
    hub.run(hub.store.remove_viewer(TEAM, f"viewer of {TEAM}"))
    assert browser.get("/").headers["location"] == "login"


def test_a_form_of_another_site_does_nothing(hub: Played, web: Served) -> None:
    secret = viewer(hub)
    browser = Browser(web)
    for fields in ({}, {"csrf": ""}, {"csrf": "0" * 32}):
        assert browser.post("/login", secret=secret, **fields).status == 403
        assert "session" not in browser.cookies
    browser.log_in(secret)
    assert browser.post("/logout", csrf="0" * 32).status == 403
    assert browser.get("/").status == 200


def test_a_wrong_secret_is_told_and_guessing_has_to_wait(hub: Played, web: Served) -> None:
    browser = Browser(web)
    assert b"not known" in browser.log_in(tokens.made("viewer", TEAM)).body
    answers = [browser.log_in("x").status for _ in range(25)]
    assert set(answers) == {401, 429}


def test_another_team_is_on_no_page_and_in_no_answer(hub: Played, web: Served) -> None:
    tracker = hub.joined("ada", codespace="secret-space", repository="acme/secret")
    tell(web, tracker, (yesterday(1), HOUR_US, 2))
    tracker.tell(lines=[alone(UTC.date(now() - DAY_US), 1)], after="")
    hub.run(hub.store.add_team("other", "Other", now()))
    token = viewer(hub, "other")
    browser = Browser(web)
    browser.log_in(token)
    others = hub.joined("eve", team="other").token
    answers = [browser.get(path) for path in ("/", f"/?{days()}", f"/unattended.csv?{days()}")]
    for method, path in described():
        path = path.format(stream_id=tracker.stream_id, month="2026-11")
        query = f"?{days()}" if "stream" not in path else ""
        body = tracker.body() if method == "POST" else None
        both = [web.ask(method, f"{path}{query}", body, token=one) for one in (token, others)]
        assert "stream" not in path or {one.status for one in both} == {401}, path
        answers += both
    assert hub.rows("SELECT count(*) FROM unattended") == [(1,)]
    for answer in answers:
        assert b"secret" not in answer.body.lower().replace(b"this secret", b"")
        assert tracker.stream_id.encode() not in answer.body


def test_presence_and_names_of_people_are_nowhere(hub: Played, web: Served) -> None:
    hub.run(teams.add_person(hub.store, TEAM, "Ada Lovelace", now()))
    ada = hub.joined("Ada Lovelace")
    tell(web, ada, (now() - HOUR_US, HOUR_US, 2), is_open=True)
    hours = json.dumps(
        {"hour": f"{UTC.date(now())}T00", "unattended_us": 1, "present_us": 720_000_000}
    )
    told = web.ask("POST", f"/v1/streams/{ada.stream_id}", ada.body(lines=[hours]), token=ada.token)
    assert len(told.json["aside"]) == 1
    browser, token = Browser(web), viewer(hub)
    browser.log_in(token)
    asked = {path for method, path in described() if method == "GET" and "{" not in path}
    for path in ("/", f"/?{days()}", f"/team.csv?{days()}", *sorted(asked), "/v1/openapi.json"):
        for answer in (browser.get(path), web.ask("GET", path, token=token)):
            shown = text_of(answer).lower()
            for word in ("lovelace", "present", "absent", "attended", "idle", "0h 12m"):
                assert not re.search(rf"\b{word}\b", shown), path
