"""A hub over HTTP: what it takes, what it refuses and with which status, and how it ends."""

from __future__ import annotations

import contextlib
import gzip
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hub.serving import Served, served
from tests.hub.stores import TEAM, Played, Tracker, told

from codespace_tracker.core.calendar import month_of
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.stream import Told
from codespace_tracker.hub import tokens
from codespace_tracker.hub.limits import Rate
from codespace_tracker.hub.web.requests import BODY_LIMIT, UNPACKED_LIMIT
from codespace_tracker.hub.web.server import HEAD_LIMIT


def now() -> int:
    return time.time_ns() // 1000


@pytest.fixture
def web(hub: Played) -> Iterator[Served]:
    """A hub that answers, without a limit of requests."""
    hub.now = now()
    with served(hub.url, "--rate", "0") as found:
        yield found


def one_hour(days_ago: int = 1, session: str = "") -> Told:
    return told((now() - days_ago * DAY_US, HOUR_US, 2), session=session)


def path_of(tracker: Tracker) -> str:
    return f"/v1/streams/{tracker.stream_id}"


def test_what_is_told_is_there_and_the_cursor_says_so(hub: Played, web: Served) -> None:
    tracker = hub.joined()
    one = one_hour()
    body = tracker.body(one)
    told = web.ask("POST", path_of(tracker), body, token=tracker.token, packed=True, push="p1")
    assert (told.status, told.json) == (200, {"taken": 1, "known": 0, "aside": []})
    again = web.ask(
        "POST", path_of(tracker), body, token=tracker.token, push="p2", after="p1", month=""
    )
    assert again.json == {"taken": 0, "known": 1, "aside": []}
    cursor = web.ask("GET", path_of(tracker), token=tracker.token).json
    assert cursor["last_push"] == "p2"
    month = month_of(one.started_at)
    assert [(kept["month"], kept["sessions"]) for kept in cursor["months"]] == [(month, 1)]
    kept = web.ask("GET", f"{path_of(tracker)}/months/{month}", token=tracker.token).json
    assert kept == {"sessions": {one.session_id: one.revision}, "unattended": {}}
    assert hub.rows("SELECT sum(running_us), sum(core_us) FROM day") == [(HOUR_US, 2 * HOUR_US)]


def test_a_person_enrols_with_a_code_that_tells_the_hub_no_secret(hub: Played, web: Served) -> None:
    hub.run(hub.store.add_person(TEAM, "ada", "quiet-otter", now()))
    code, token = tokens.made("code", TEAM), tokens.made("stream", TEAM)
    kept = tokens.given("code", code)
    assert kept is not None
    hub.run(hub.store.add_code(kept, "ada", now() + HOUR_US))
    asked = {
        "code": code,
        "stream_id": str(uuid.uuid4()),
        "token_sha256": tokens.hash_of(token).hex(),
    }
    for _ in range(2):
        done = web.ask("POST", "/v1/enrol", json.dumps(asked).encode())
        assert (done.status, done.json) == (200, {"team": "Acme"})
    cursor = web.ask("GET", f"/v1/streams/{asked['stream_id']}", token=token)
    assert cursor.json == {"last_push": "", "months": [], "unattended": [], "since": ""}
    asked["token_sha256"] = "0" * 64
    assert web.ask("POST", "/v1/enrol", json.dumps(asked).encode()).status == 401


def test_each_refusal_has_its_status_and_says_why(hub: Played, web: Served) -> None:
    tracker, other = hub.joined("ada"), hub.joined("bob")
    path, token = path_of(tracker), tracker.token
    good = tracker.body(one_hour())
    head = good.splitlines()[0]
    many = tracker.body(*(one_hour(2, f"s{n}") for n in range(501)))
    cases = [
        (401, "token", web.ask("POST", path, good)),
        (401, "token", web.ask("POST", path, good, token="nonsense")),
        (401, "token", web.ask("POST", path, good, token=other.token)),
        (401, "token", web.ask("GET", path, token=tokens.made("stream", TEAM))),
        (401, "token", web.ask("GET", "/v1/fleet", token=token)),
        (404, "not found", web.ask("GET", "/v1/nothing", token=token)),
        (405, "not allowed", web.ask("DELETE", path, token=token)),
        (409, "newest push", web.ask("POST", path, good, token=token, push="b", after="a")),
        (413, "at most 500", web.ask("POST", path, many, token=token)),
        (413, "1024 KiB", web.ask("POST", path, b"x" * (BODY_LIMIT + 1), token=token)),
        (
            413,
            "4096 KiB",
            web.ask("POST", path, b" " * (UNPACKED_LIMIT + 1), token=token, packed=True),
        ),
        (415, "gzip", web.ask("POST", path, good, token=token, headers={"Content-Encoding": "br"})),
        (
            422,
            "gzip",
            web.ask("POST", path, good, token=token, headers={"Content-Encoding": "gzip"}),
        ),
        (
            422,
            "cut off",
            web.ask(
                *("POST", path, gzip.compress(good)[:-9]),
                token=token,
                headers={"Content-Encoding": "gzip"},
            ),
        ),
        (422, "not JSON", web.ask("POST", path, b"", token=token)),
        (422, "another tracker", web.ask("POST", path, other.body(), token=token)),
        (
            422,
            "newer codespace-tracker",
            web.ask("POST", path, head.replace(b'"format": 1', b'"format": 9'), token=token),
        ),
        (422, "month", web.ask("POST", path, good, token=token, month="2026-13")),
        (422, "month", web.ask("POST", path, good, token=token, month="2019-12")),
        (422, "push", web.ask("POST", path, good, token=token, push="../x")),
        (422, "stream's id", web.ask("GET", "/v1/streams/x", token=token)),
        (422, "expected", web.ask("POST", "/v1/enrol", b'{"code": 1}')),
    ]
    for status, why, answer in cases:
        assert (answer.status, why in answer.json["error"]) == (status, True), answer
        assert answer.headers["content-type"] == "application/json"
    assert cases[7][2].json["last_push"] == ""
    assert hub.rows("SELECT count(*) FROM telling") == [(0,)]


def test_a_body_of_chunks_is_limited_while_it_comes(hub: Played, web: Served) -> None:
    tracker = hub.joined()
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as line:
        line.sendall(
            f"POST {path_of(tracker)} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {tracker.token}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        with contextlib.suppress(OSError):
            for _ in range(3 * BODY_LIMIT // (1 << 16)):
                line.sendall(b"10000\r\n" + b"x" * (1 << 16) + b"\r\n")
        with contextlib.suppress(ConnectionError):
            assert b" 413 " in line.recv(1 << 16).splitlines()[0]
    assert web.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("in_one_line", [True, False])
def test_a_head_without_end_is_cut_off(hub: Played, web: Served, in_one_line: bool) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: " * in_one_line)
        more = b"x" * 1000 if in_one_line else b"X-Name: " + b"x" * 990 + b"\r\n"
        with contextlib.suppress(OSError):
            for _ in range(20 * HEAD_LIMIT // len(more)):
                line.sendall(more)
        with contextlib.suppress(ConnectionError):
            assert line.recv(100).startswith(b"HTTP/1.1 431 ")
    assert web.ask("GET", "/healthz").status == 200


def test_a_telling_that_is_refused_blocks_nothing(hub: Played, web: Served) -> None:
    tracker = hub.joined()
    lines = tracker.body(one_hour()).splitlines()
    body = b"\n".join([lines[0], b"{not json", lines[1], b'{"session_id": "x"}'])
    done = web.ask("POST", path_of(tracker), body, token=tracker.token).json
    assert done["taken"] == 1
    assert [one["line"] for one in done["aside"]] == [2, 4]
    assert all(one["reason"] for one in done["aside"])


def test_a_stream_that_asks_too_often_is_told_when_to_come_again(hub: Played) -> None:
    tracker, other = hub.joined("ada"), hub.joined("bob")
    with served(hub.url, "--rate", "0.5") as web:
        answers = [web.ask("GET", path_of(tracker), token=tracker.token) for _ in range(25)]
        assert {one.status for one in answers} == {200, 429}
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert web.ask("GET", path_of(other), token=other.token).status == 200


def test_who_guesses_secrets_has_to_wait(hub: Played, web: Served) -> None:
    tracker = hub.joined()
    asked = {"code": "x", "stream_id": tracker.stream_id, "token_sha256": "0" * 64}
    answers = [web.ask("POST", "/v1/enrol", json.dumps(asked).encode()) for _ in range(30)]
    assert {one.status for one in answers} == {401, 429}


def test_a_rate_lets_through_so_many_and_refills() -> None:
    rate = Rate(2, 4)
    passed = 0
    for n in range(1000):  # ten seconds
        if not rate.wait("a", n / 100):
            rate.use("a", n / 100)
            passed += 1
    assert passed == 4 + 2 * 10 - 1
    assert rate.wait("b", 0) == 0


@pytest.mark.hub
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_database_that_is_away_is_a_503_that_says_when_to_come_again(hub: Played) -> None:
    tracker = hub.joined()
    with served(hub.url) as web:
        name = hub.url.rpartition("/")[2]
        hub.run(hub.store.close())
        admin = Played(f"{hub.url.rpartition('/')[0]}/postgres")
        admin.rows("SELECT 1")
        admin.run(admin.store.rows(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        admin.run(
            admin.store.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name",
                name=name,
            )
        )
        for asked in (path_of(tracker), "/readyz"):
            answer = web.ask("GET", asked, token=tracker.token)
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) > 0
        assert web.ask("GET", "/healthz").status == 200
        admin.run(admin.store.rows(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        assert web.ask("GET", path_of(tracker), token=tracker.token).status == 200
        admin.close()


def test_viewers_see_their_team_and_pseudonyms_and_no_other_team(hub: Played, web: Served) -> None:
    tracker = hub.joined("ada")
    for team in (TEAM, "other"):
        with contextlib.suppress(Exception):
            hub.run(hub.store.add_team(team, team, now()))
    viewers = {team: tokens.made("viewer", team) for team in (TEAM, "other")}
    for team, token in viewers.items():
        secret = tokens.given("viewer", token)
        assert secret is not None
        hub.run(hub.store.add_viewer(secret, f"of {team}", now()))
    body = tracker.body(one_hour(0)._replace(spans=((now() - HOUR_US, HOUR_US, 4),), ending=None))
    assert web.ask("POST", path_of(tracker), body, token=tracker.token).status == 200
    day = time.strftime("%Y-%m-%d", time.gmtime(now() / 1e6 - 3600))
    fleet = web.ask("GET", "/v1/fleet", token=viewers[TEAM], since=day).json
    [row] = fleet["streams"]
    assert (row["person"], row["is_running"], row["sessions"]) == ("quiet-ada", True, 1)
    assert (row["running_us"], row["core_us"]) == (HOUR_US, 4 * HOUR_US)
    assert web.ask("GET", "/v1/fleet", token=viewers["other"]).json["streams"] == []
    assert b'"ada"' not in web.ask("GET", "/v1/fleet", token=viewers[TEAM]).body


def test_metrics_count_requests_and_tellings(hub: Played, web: Served) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    tracker = hub.joined()
    web.ask("POST", path_of(tracker), tracker.body(one_hour()), token=tracker.token)
    text = web.ask("GET", "/metrics").body.decode()
    samples = {
        (one.name, *sorted(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }
    assert samples["codespace_tracker_hub_tellings_total", "taken"] == 1
    assert samples["codespace_tracker_hub_requests_total", "/v1/streams/{stream_id}", "200"] == 1
    assert tracker.stream_id not in text


def test_by_term_a_request_under_way_is_answered_and_the_end_is_a_success(hub: Played) -> None:
    tracker = hub.joined()
    web = Served(hub.url)
    web.start()
    body = tracker.body(one_hour())
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as line:
        line.sendall(
            f"POST {path_of(tracker)} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {tracker.token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        time.sleep(0.3)  # it has the head, and waits for the body
        ending = threading.Thread(target=web.end, args=(signal.SIGTERM,))
        ending.start()
        time.sleep(0.3)
        line.sendall(body)
        assert line.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    ending.join(60)
    assert web.process is not None
    assert web.process.returncode == 0
    assert hub.rows("SELECT count(*) FROM telling") == [(1,)]


def test_by_term_a_connection_that_was_just_made_is_answered_once(hub: Played) -> None:
    web = Served(hub.url)
    web.start()
    with contextlib.ExitStack() as stack:
        line, silent = (
            stack.enter_context(socket.create_connection(("127.0.0.1", web.port), timeout=30))
            for _ in range(2)
        )
        assert web.ask("GET", "/healthz").status == 200  # it has taken those before
        ending = threading.Thread(target=web.end, args=(signal.SIGTERM,))
        ending.start()
        while True:  # until it takes no more
            try:
                socket.create_connection(("127.0.0.1", web.port), timeout=30).close()
            except OSError:
                break
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b"".join(iter(lambda: line.recv(1 << 16), b""))
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in said.lower()
        assert silent.recv(100).startswith(b"HTTP/1.1 408 ")
        ending.join(60)
    assert web.process is not None
    assert web.process.returncode == 0


def test_a_hub_on_a_database_that_was_not_migrated_says_what_to_do(database: str) -> None:
    serve = ["hub", "serve", "--listen", "127.0.0.1:0", "--database", database]
    done = subprocess.run(
        [sys.executable, "-m", "codespace_tracker", *serve],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "hub migrate" in done.stderr


def test_who_guesses_keeps_no_one_else_at_the_same_address_from_telling(
    hub: Played, web: Served
) -> None:
    tracker = hub.joined()
    asked = {"code": "x", "stream_id": tracker.stream_id, "token_sha256": "0" * 64}
    for _ in range(25):
        last = web.ask("POST", "/v1/enrol", json.dumps(asked).encode())
        web.ask("GET", path_of(tracker), token=tokens.made("stream", TEAM))
    assert last.status == 429
    told = web.ask("POST", path_of(tracker), tracker.body(one_hour()), token=tracker.token)
    assert told.status == 200


def test_the_log_is_json_and_has_no_secret_address_or_name_in_it(tmp_path: Path) -> None:
    played = Played(f"sqlite:///{tmp_path}/hub.db")
    played.now = now()
    played.begin()
    tracker = played.joined("Ada Lovelace", codespace="fuzzy-space")
    guess = tokens.made("viewer", TEAM)
    with served(played.url, log=tmp_path / "log") as web:
        played.rows("ALTER TABLE telling RENAME TO elsewhere")
        body = tracker.body(one_hour())
        assert web.ask("POST", path_of(tracker), body, token=tracker.token).status == 503
        assert web.ask("GET", path_of(tracker), token=tracker.token).status == 503
        assert web.ask("GET", "/v1/fleet", token=guess, secret=guess).status == 401
        assert web.ask("POST", "/v1/enrol", b"nonsense").status == 422
        web.end()
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["level"] for line in lines] == ["warning", "warning"]
    for word in (tracker.token, guess, "Ada", "fuzzy", "127.0.0.1", tracker.stream_id):
        assert word not in log
    played.close()
