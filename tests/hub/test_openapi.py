"""The hub's description of its protocol: it is complete, and no request that fits it, or almost
does, makes the hub fail."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.hub.serving import served
from tests.hub.stores import TEAM, Played

from codespace_tracker.hub import teams
from codespace_tracker.hub.store import store_at
from codespace_tracker.hub.web import openapi
from codespace_tracker.hub.web.app import Hub

_BROWSER = {"/", "/login", "/logout", "/v1/openapi.json"}
"""What is for people, and the description itself."""


def described() -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(openapi.document())
    return found


def test_each_route_is_described_and_nothing_else(tmp_path: Path) -> None:
    app = Hub(store_at(f"sqlite:///{tmp_path}/hub.db"), rate=0).app()
    routes = {
        (route.path, method.lower())  # type: ignore[attr-defined]
        for route in app.routes
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined]
    }
    paths = described()["paths"]
    assert {one for one in routes if one[0] not in _BROWSER} == {
        (path, method) for path, methods in paths.items() for method in methods
    }


def test_each_reference_leads_somewhere() -> None:
    import json

    text = openapi.document().decode()
    names = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names == set(json.loads(text)["components"]["schemas"])


@pytest.mark.hub
def test_no_request_makes_the_hub_fail(hub: Played, tmp_path: Path) -> None:
    hub.now = time.time_ns() // 1000
    tracker = hub.joined("ada")
    viewer = hub.run(teams.new_viewer(hub.store, TEAM, "bob", hub.now))
    for token in (tracker.token, viewer):
        config = tmp_path / "schemathesis.toml"
        config.write_text(f'[parameters]\nstream_id = "{tracker.stream_id}"\n')
        with served(hub.url, "--rate", "0") as web:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
                    *("run", f"http://127.0.0.1:{web.port}/v1/openapi.json"),
                    *("--checks", "not_a_server_error,response_schema_conformance"),
                    *("--max-examples", "15", "--phases", "examples,coverage,fuzzing"),
                    *("--header", f"Authorization: Bearer {token}", "--no-color"),
                    *("--seed", "1", "--generation-database", "none"),
                ],
                capture_output=True,
                text=True,
                cwd=tmp_path,
                check=False,
            )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
        assert "Tested: 11" in done.stdout, done.stdout
