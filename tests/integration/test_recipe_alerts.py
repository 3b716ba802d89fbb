"""The recipes that alert somebody, with a real server on this machine that takes it, refuses it, or
is not there."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.recipes import TRIGGERS, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


class Listener:
    """A server on this machine that keeps what it is sent and answers with the first of `answers`
    that is left."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str]] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                listener.got.append((self.path, self.headers["Content-Type"], body))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/topic"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Nobody listens any more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.end()


def test_an_alert_says_how_long_it_has_been(bench: Bench, listener: Listener) -> None:
    assert bench.run("Alert after 24 hours", ALERT_URL=listener.url).result == "succeeded"
    [(path, _, body)] = listener.got
    assert (path, body) == ("/topic", "fuzzy-train has run for 24.00 hours in all.")


def test_a_webhook_gets_json(bench: Bench, listener: Listener) -> None:
    assert (
        bench.run("Webhook after 24 hours", ALERT_URL=listener.url, CODESPACE_NAME="").result
        == "succeeded"
    )
    [(_, kind, body)] = listener.got
    assert kind == "application/json"
    assert json.loads(body) == {"text": "This machine has run for 24.00 hours in all."}


@pytest.mark.parametrize("label", ["Alert after 24 hours", "Webhook after 24 hours"])
def test_an_alert_that_is_not_taken_has_failed(
    bench: Bench, listener: Listener, label: str
) -> None:
    listener.answers = [500]
    assert (bench.run(label, ALERT_URL=listener.url).exit_code, len(listener.got)) == (22, 1)
    listener.end()
    assert bench.run(label, ALERT_URL=listener.url).exit_code == 7, "nobody listens"


def test_a_warning_of_the_quota_names_the_part(bench: Bench, listener: Listener) -> None:
    labels = [label for label in TRIGGERS if "core-hours" in label]
    for label in labels:
        assert bench.run(label, ALERT_URL=listener.url).result == "succeeded"
    assert [body.split(" ")[0] for _, _, body in listener.got] == ["50", "75", "90", "100"]


def test_a_real_tracker_tries_an_alert_again_until_it_is_taken(
    tracker: RealTracker, listener: Listener
) -> None:
    listener.answers = [500]
    entry: dict[str, Any] = {
        **TRIGGERS["Alert after 24 hours"],
        "env": {"ALERT_URL": listener.url, "CODESPACE_NAME": "fuzzy-train"},
        "conditions": {"total_runtime_hours": 0},
        "retry_delay_seconds": 1,
    }
    tracker.verb("init")
    (tracker.directory / "trigger_config.json").write_text(json.dumps([entry]))
    tracker.verb("start")
    wait_until(
        lambda: (tracker.directory / "flags/alert_after_24_hours").exists(), "the alert was taken"
    )
    assert len(listener.got) == 2
    assert all(body.startswith("fuzzy-train has run for ") for _, _, body in listener.got)
    assert tracker.read("SELECT result, exit_code FROM run ORDER BY id") == [
        ("failed", 22),
        ("succeeded", 0),
    ]
