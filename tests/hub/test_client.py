"""A tracker and a hub: what is told, what is told again after the hub has lost it, and what is not
sent. The hub is a real one, its own process, on SQLite and on PostgreSQL."""

from __future__ import annotations

import copy
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.codespaces import Codespace
from tests.hub.serving import Served, served
from tests.hub.stores import TEAM, Played
from tests.integration.github_server import Server, github_server

from codespace_tracker.cli import sync_exchange
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.sync import hub_exchange, state
from codespace_tracker.sync.address import hub_address
from codespace_tracker.sync.exchange import Outcome, Source
from codespace_tracker.sync.failures import MeetingError
from codespace_tracker.sync.hub_client import HubClient, OtherPush, TooMuch


def now() -> int:
    return time.time_ns() // 1000


@pytest.fixture
def web(hub: Played) -> Iterator[Served]:
    hub.now = now()
    with served(hub.url, "--rate", "0") as found:
        yield found


@pytest.fixture
def here(tmp_path: Path, hub: Played, web: Served) -> Codespace:
    """A codespace of a person, which has joined the hub."""
    found = Codespace(tmp_path, "here", now() - 60 * DAY_US)
    joined(found, hub, f"http://127.0.0.1:{web.port}")
    return found


def joined(codespace: Codespace, hub: Played, url: str) -> None:
    fresh = sync_exchange.fresh(codespace.directory, url)
    stream_id = fresh.stream_id
    before = state.load(codespace.directory)
    if before is not None and not before.token:
        fresh, stream_id = before, before.stream_id
    token = hub.joined("ada", stream_id).token
    state.keep(codespace.directory, fresh._replace(kind=state.HUB, token=token))


def synced(codespace: Codespace) -> Outcome:
    codespace.at = now()
    done = codespace.sync()
    assert done.problem == ""
    return done


def sums(hub: Played) -> tuple[int, int, int]:
    """Running time, core-time and sessions at the hub, by its sums of days."""
    [found] = hub.rows("SELECT sum(running_us), sum(core_us), sum(sessions) FROM day")
    running, core, sessions = (int(number or 0) for number in found)
    return running, core, sessions


def lose(hub: Played, sessions: str, last_push: str = "") -> None:
    """Take sessions whose ids begin so from the hub, with their sums, as a failover would."""

    async def work(run: Any) -> None:
        found = await run("SELECT stream_id, session_id, days FROM telling")
        for stream_id, session_id, days in found:
            if not session_id.startswith(sessions):
                continue
            numbers = list(hub.store.numbers(days))
            for n in range(0, len(numbers), 4):
                await run(
                    "UPDATE day SET running_us = running_us - :a, core_us = core_us - :b,"
                    " sessions = sessions - :c WHERE stream_id = :stream_id AND day = :day",
                    a=numbers[n + 1],
                    b=numbers[n + 2],
                    c=numbers[n + 3],
                    day=numbers[n],
                    stream_id=stream_id,
                )
            await run("DELETE FROM telling WHERE session_id = :one", one=session_id)
        await run("UPDATE stream SET last_push = :push", push=last_push)

    hub.run(hub.store.in_transaction(work))


def test_what_was_counted_is_told_and_then_nothing_is_new(hub: Played, here: Codespace) -> None:
    here.ran(now() - 40 * DAY_US, HOUR_US, 4)
    here.ran(now() - DAY_US, 2 * HOUR_US, 2)
    assert synced(here).told
    assert sums(hub) == (3 * HOUR_US, 8 * HOUR_US, 2)
    assert not synced(here).told
    [stream] = hub.run(hub.store.streams(TEAM))
    assert (stream.codespace, stream.repository) == ("here", "octocat/here")
    assert (stream.environment, stream.is_open, stream.cut_back_at) == ("codespaces", 0, 0)


def test_all_that_the_hub_lost_is_told_again(hub: Played, here: Codespace) -> None:
    for days in range(1, 30, 3):
        here.ran(now() - days * DAY_US, HOUR_US, 2)
    synced(here)
    before = sums(hub)
    lose(hub, "")
    assert sums(hub) == (0, 0, 0)
    assert synced(here).told
    assert sums(hub) == before
    [stream] = hub.run(hub.store.streams(TEAM))
    assert stream.cut_back_at > 0


def test_what_the_hub_lost_in_between_is_told_again(hub: Played, here: Codespace) -> None:
    for days in range(1, 30, 3):
        here.ran(now() - days * DAY_US, HOUR_US, 2)
    synced(here)
    before, first = sums(hub), here.remembered.noted
    for digit in "0123456789abcdef":
        lose(hub, digit, first)
        synced(here)
        assert sums(hub) == before


def test_a_hub_with_a_push_older_than_all_that_are_remembered_is_known_again(
    hub: Played, here: Codespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_exchange, "MADE_LIMIT", 2)
    here.ran(now() - 20 * DAY_US, HOUR_US, 2, session="a" * 8 + "-0000-4000-8000-000000000000")
    synced(here)
    first = here.remembered.noted
    for days in range(1, 6):
        here.ran(now() - days * DAY_US, HOUR_US, 2)
        synced(here)
    assert first not in here.remembered.made
    before = sums(hub)
    lose(hub, "", first)
    synced(here)
    assert sums(hub) == before


def test_an_open_session_is_told_again_after_half_an_hour(hub: Played, here: Codespace) -> None:
    start = now() - 3 * HOUR_US
    session = here.ran(start, HOUR_US, 2, None)
    synced(here)
    here.ran(start, HOUR_US + 20 * MINUTE_US, 2, None, session=session)
    assert not synced(here).told
    here.ran(start, HOUR_US + 30 * MINUTE_US, 2, None, session=session)
    assert synced(here).told
    here.ran(start, HOUR_US + 31 * MINUTE_US, 2, "clean", session=session)
    assert synced(here).told
    assert sums(hub) == (HOUR_US + 31 * MINUTE_US, 2 * (HOUR_US + 31 * MINUTE_US), 1)


def test_a_session_whose_start_moved_to_another_month_counts_once(
    hub: Played, here: Codespace
) -> None:
    session = here.ran(now() - 50 * DAY_US, HOUR_US, 2)
    synced(here)
    here.ran(now() - 2 * DAY_US, 2 * HOUR_US, 2, session=session)
    assert synced(here).told
    assert sums(hub) == (2 * HOUR_US, 4 * HOUR_US, 1)
    assert hub.rows("SELECT count(*) FROM telling") == [(1,)]
    assert not synced(here).told


def test_a_long_history_goes_in_batches(
    hub: Played, here: Codespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_exchange, "_BATCH", 7)
    for n in range(30):
        here.ran(now() - 40 * DAY_US + n * 20 * HOUR_US, HOUR_US, 2)
    synced(here)
    assert sums(hub) == (30 * HOUR_US, 60 * HOUR_US, 30)


def test_a_push_whose_answer_was_lost_is_there_once_and_known_again(
    hub: Played, here: Codespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.ran(now() - DAY_US, HOUR_US, 2)
    real = HubClient.tell

    def cut_off(self: HubClient, *args: Any) -> Any:
        real(self, *args)
        raise MeetingError("the line was cut")

    monkeypatch.setattr(HubClient, "tell", cut_off)
    here.at = now()
    assert here.sync().problem == "the line was cut"
    monkeypatch.setattr(HubClient, "tell", real)
    assert not synced(here).told
    here.ran(now() - DAY_US + 2 * HOUR_US, HOUR_US, 2)
    assert synced(here).told
    assert sums(hub) == (2 * HOUR_US, 4 * HOUR_US, 2)
    [stream] = hub.run(hub.store.streams(TEAM))
    assert stream.cut_back_at == 0


def test_a_copy_of_the_directory_needs_a_code_of_its_own_and_nothing_counts_twice(
    hub: Played, here: Codespace, web: Served, tmp_path: Path
) -> None:
    start = now() - 2 * DAY_US
    session = here.ran(start, HOUR_US, 2, None)
    synced(here)
    shutil.copytree(here.directory, tmp_path / "copy")
    copied = copy.copy(here)
    copied.directory = str(tmp_path / "copy")
    here.ran(start, 2 * HOUR_US, 2, session=session)
    synced(here)
    copied.ran(start, 5 * HOUR_US, 2, session=session)
    copied.at = now()
    assert "needs a code of its own" in copied.sync().problem
    assert "needs a code of its own" in copied.sync().problem
    assert sums(hub) == (2 * HOUR_US, 4 * HOUR_US, 1)
    joined(copied, hub, f"http://127.0.0.1:{web.port}")
    synced(copied)
    synced(here)
    assert sums(hub)[:2] == (5 * HOUR_US, 10 * HOUR_US)


def test_what_the_hub_sets_aside_is_said_and_blocks_nothing(
    hub: Played, here: Codespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_exchange, "fit", lambda told, *_: tuple(told))
    wrong = here.ran(now() - 3 * DAY_US, HOUR_US, 77)
    here.ran(now() - DAY_US, HOUR_US, 2)
    done = synced(here)
    assert list(done.aside) == [wrong]
    assert "77 cores" in done.aside[wrong]
    assert sums(hub) == (HOUR_US, 2 * HOUR_US, 1)
    assert any("77 cores" in line for line in sync_exchange.summary(done))


def test_nothing_is_told_of_sessions_that_another_tracker_counted(
    hub: Played, here: Codespace
) -> None:
    here.ran(now() - DAY_US, HOUR_US, 2, tracker_id="22222222-2222-4222-8222-222222222222")
    here.ran(now() - 2 * DAY_US, HOUR_US, 2)
    synced(here)
    assert sums(hub) == (HOUR_US, 2 * HOUR_US, 1)


def test_a_revoked_token_says_what_to_do(hub: Played, here: Codespace) -> None:
    here.ran(now() - DAY_US, HOUR_US, 2)
    hub.run(hub.store.revoke(TEAM, here.stream_id, now()))
    here.at = now()
    assert "new code" in here.sync().problem
    assert sums(hub) == (0, 0, 0)


# --- a hub that answers what it is told to


class Waits(list[float]):
    """The seconds that a client waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


CURSOR: dict[str, object] = {"last_push": "", "months": [], "unattended": [], "since": ""}
TAKEN = {"taken": 1, "known": 0, "aside": []}


@pytest.fixture
def fake() -> Iterator[Server]:
    with github_server() as server:
        yield server


def client(fake: Server, waits: Waits) -> HubClient:
    return HubClient(hub_address(fake.address), "cts_acme_secret", waits, lambda: 0.5)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_hub_is_asked_again_with_growing_waits(fake: Server, status: int) -> None:
    waits = Waits()
    fake.answers = [(status, {}, {"error": "busy."})] * 3 + [(200, {}, CURSOR)]
    assert client(fake, waits).cursor("x").last_push == ""
    assert waits == [1.0, 2.0, 4.0]


def test_the_wait_that_a_hub_asks_for_is_kept_and_many_do_not_come_at_once(fake: Server) -> None:
    waits = Waits()
    fake.answers = [(503, {"Retry-After": "7"}, {"error": "busy."}), (200, {}, CURSOR)]
    client(fake, waits).cursor("x")
    assert waits == [8.0]


def test_a_hub_that_stays_busy_is_left_until_the_next_sync(fake: Server) -> None:
    waits = Waits()
    fake.answers = [(503, {}, {"error": "busy."})] * 9
    with pytest.raises(MeetingError, match=r"busy\. It is tried again later"):
        client(fake, waits).cursor("x")
    assert len(waits) == 4
    fake.answers = [(429, {"Retry-After": "3600"}, {"error": "too often."})]
    with pytest.raises(MeetingError, match="too often"):
        client(fake, waits).cursor("x")
    assert len(waits) == 4


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"error": "this token was revoked. Fix: enrol."}),
        (404, {"error": "not found."}),
        (409, {"error": "the newest push is another one.", "last_push": "p9"}),
        (413, {"error": "the body is too large."}),
        (415, {"error": "packed in a way that is not known."}),
        (422, {"error": "header.json: the payer is not one."}),
        (431, b""),
    ],
)
def test_what_a_hub_refuses_is_said_and_asked_only_once(
    fake: Server, status: int, answer: object
) -> None:
    waits = Waits()
    fake.answers = [(status, {}, answer)] * 2
    with pytest.raises(MeetingError) as refused:
        client(fake, waits).tell("x", ["{}"], {})
    said = str(refused.value)
    assert isinstance(refused.value, OtherPush) == (status == 409)
    assert isinstance(refused.value, TooMuch) == (status == 413)
    expected = {404: "there is no hub at this address", 431: "it answered 431"}
    assert expected.get(status, answer["error"] if isinstance(answer, dict) else "") in said
    assert fake.address in said
    assert (len(fake.asked), waits) == (1, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_with_a_token(fake: Server, status: int) -> None:
    with github_server() as other:
        fake.answers = [(status, {"Location": f"{other.address}/v1/streams/x"}, {})]
        with pytest.raises(MeetingError, match="moved"):
            client(fake, Waits()).cursor("x")
        assert other.asked == []


@pytest.mark.parametrize(
    "content", [b"<html>", b"[]", b'{"last_push": "", "months": 7}', b"null", b"{}"]
)
def test_what_is_no_hub_is_recognized(fake: Server, content: bytes) -> None:
    fake.answers = [(200, {}, content)]
    with pytest.raises(MeetingError, match="not the answer of a hub"):
        client(fake, Waits()).cursor("x")


def test_a_batch_that_is_too_large_is_halved(fake: Server, tmp_path: Path) -> None:
    codespace = Codespace(tmp_path, "here", now())
    for n in range(4):
        codespace.ran(now() - 3 * DAY_US + n * 2 * HOUR_US, HOUR_US, 2)
    known = sync_exchange.fresh(codespace.directory, fake.address)
    known = known._replace(kind=state.HUB, token="cts_acme_secret")
    fake.answers = [(200, {}, CURSOR), (413, {}, {"error": "large."}), *[(200, {}, TAKEN)] * 2]
    with Ledger.open_reader(f"{codespace.directory}/ledger.db") as ledger:
        source = Source(ledger, codespace.tracker, codespace.settings)
        _, done = hub_exchange.run(codespace.directory, source, known, now(), client(fake, Waits()))
    assert done.told
    assert [method for method, _, _ in fake.asked] == ["GET", "POST", "POST", "POST"]


def test_the_name_of_the_user_is_not_sent(tmp_path: Path) -> None:
    codespace = Codespace(tmp_path, "here", now())
    codespace.ran(now() - DAY_US, HOUR_US, 2)
    known = sync_exchange.fresh(codespace.directory, "https://hub.example.org")
    with Ledger.open_reader(f"{codespace.directory}/ledger.db") as ledger:
        source = Source(ledger, codespace.tracker, codespace.settings)
        stream = hub_exchange.stream_for_hub(source, known, now())
    assert stream.header.user == ""
    assert stream.presence.parts == ()


@pytest.mark.parametrize(
    "text",
    [
        "http://hub.example.org",
        "https://user:s3cr3t@hub.example.org",
        "https://user@hub.example.org",
        "https://hub.example.org?x=1",
        "https://hub.example.org#x",
        "https://",
        "https://hub.example.org:0",
        "https://hub.example.org:x",
        "https://hub example.org",
        "https://-oProxy",
        "ftp://hub.example.org",
        "hub.example.org",
    ],
)
def test_an_address_that_could_leak_a_token_is_refused(text: str) -> None:
    with pytest.raises(Failure) as refused:
        hub_address(text)
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["https://hub.example.org", "https://hub.example.org/", "http://127.0.0.1:8780"]
)
def test_an_address_without_a_path_is_that_of_a_hub(text: str) -> None:
    from codespace_tracker.sync.address import is_hub

    assert is_hub(text)
    assert hub_address(text).url == text.rstrip("/")
    assert not is_hub("https://github.com/octocat/hours")
