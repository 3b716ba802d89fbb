"""GitHub's figures and its API, by a local server that answers as the API is documented to, errors
included."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration import real_tracker
from tests.integration.github_server import Server
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.terminal import PseudoTerminal

from codespace_tracker.github.api import Api, ApiError

MONTH = time.strftime("%Y-%m", time.gmtime())
ITEM = {
    "date": f"{MONTH}-01T00:00:00Z",
    "product": "Codespaces",
    "sku": "Codespaces compute 4-core",
    "quantity": 10,
    "unitType": "Hours",
    "pricePerUnit": 0.36,
    "grossAmount": 3.6,
    "discountAmount": 3.6,
    "netAmount": 0,
    "repositoryName": "octo/one",
}
ACTIONS = {**ITEM, "product": "Actions", "sku": "Actions Linux", "unitType": "minutes"}


@pytest.fixture
def github() -> Iterator[Server]:
    made = Server()
    yield made
    made.server.shutdown()
    made.server.server_close()


def run(
    tracker: RealTracker, variables: dict[str, str], *words: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = real_tracker.run(tracker.command(*words), {**tracker.environment(), **variables})
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def quota(tracker: RealTracker) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tracker.verb("quota", "--json").stdout)
    return found


def test_figures_that_are_fetched_stand_below_what_is_counted_here(
    tracker: RealTracker, github: Server
) -> None:
    tracker.be_in_codespace()
    tracker.verb("start")
    github.answers = [(200, {"ETag": 'W/"abc"'}, {"usageItems": [ITEM, ACTIONS]}), (304, {}, b"")]
    variables = {"GITHUB_API_URL": github.address, "CODESPACE_TRACKER_TOKEN": "ghp_secret"}
    done = run(tracker, variables, "usage", "fetch", "--user", "octocat")
    assert "40 core-hours" in done.stdout
    method, path, headers = github.asked[0]
    year, month = MONTH.split("-")
    assert (method, path) == (
        "GET",
        f"/users/octocat/settings/billing/usage?year={year}&month={int(month)}",
    )
    assert headers["authorization"] == "Bearer ghp_secret"
    assert headers["x-github-api-version"] == "2022-11-28"
    found = quota(tracker)
    basis = found["basis"]
    assert basis["github_core_hours"] == 40
    assert found["used_core_hours"] == pytest.approx(40 + basis["counted_here_core_hours"])
    assert "nothing new" in run(tracker, variables, "usage", "fetch", "--user", "octocat").stdout
    assert github.asked[1][2]["if-none-match"] == 'W/"abc"'
    again = quota(tracker)["basis"]
    assert again["github_as_of"] > basis["github_as_of"], "it still holds then"
    assert again["github_core_hours"] == 40
    assert "octo/one" in tracker.verb("usage").stdout
    assert "GitHub's 40 core-hours as of" in tracker.verb("quota").stdout
    for file in tracker.directory.rglob("*"):
        if file.is_file():
            assert b"ghp_secret" not in file.read_bytes(), "the token is kept nowhere"


def test_a_months_level_counts_githubs_figure(
    tracker: RealTracker, github: Server, tmp_path: Path
) -> None:
    marker = tmp_path / "fired"
    tracker.be_in_codespace()
    tracker.verb("init")
    (tracker.directory / "trigger_config.json").write_text(
        json.dumps(
            [
                {
                    "label": "Low",
                    "script_command": f"touch '{marker}'",
                    "conditions": {"quota_percent": 75},
                }
            ]
        )
    )
    tracker.verb("start")
    report = tmp_path / "usage.json"
    report.write_text(json.dumps([{**ITEM, "quantity": 24}]))
    tracker.verb("usage", "import", str(report))
    wait_until(marker.exists, "80 % of 120 core-hours are used")


@pytest.mark.parametrize(
    ("code", "headers", "content", "said"),
    [
        (401, {}, {"message": "Bad credentials"}, "does not know the token"),
        (
            403,
            {},
            {"message": "Resource not accessible by integration"},
            '"Plan: read" or the scope `user`',
        ),
        (404, {}, {"message": "Not Found"}, "if a permission is missing"),
        (429, {"Retry-After": "3600"}, {"message": "slow down"}, "try again in 3600 s"),
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"},
            {"message": "limit"},
            "refuses further req",
        ),
        (200, {}, b"<html>a login page</html>", "not JSON"),
        (200, {}, {"other": 1}, "no list `usageItems`"),
        (302, {"Location": "http://127.0.0.1:1/"}, b"", "answered 302"),
        (451, {}, b"\xff\xfe", "answered 451"),
    ],
)
def test_what_github_refuses_is_told_with_what_to_do(
    tracker: RealTracker,
    github: Server,
    code: int,
    headers: dict[str, str],
    content: Any,
    said: str,
) -> None:
    tracker.verb("start")
    github.answers = [(code, headers, content)]
    variables = {"GITHUB_API_URL": github.address, "GITHUB_TOKEN": "ghs_builtin"}
    done = run(tracker, variables, "usage", "fetch", "--user", "octocat", code=1)
    assert said in done.stderr
    assert "ghs_builtin" not in done.stderr
    assert len(github.asked) == 1
    assert quota(tracker)["basis"]["github_as_of"] is None


def test_no_token_no_network_and_no_https_are_told(tracker: RealTracker) -> None:
    tracker.verb("start")
    assert "there is no GitHub token" in run(tracker, {}, "usage", "fetch", code=1).stderr
    done = run(
        tracker,
        {"GH_TOKEN": "ghp_1", "GITHUB_API_URL": "http://example.com"},
        "usage",
        "fetch",
        code=1,
    )
    assert "only sent over https" in done.stderr


def test_a_reset_day_is_ignored_with_one_hint(tracker: RealTracker, github: Server) -> None:
    tracker.be_in_codespace()
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("reset_day = 28\n")
    tracker.verb("start")
    wait_until(
        lambda: "`reset_day` in config.toml has no effect" in tracker.verb("quota").stdout,
        "it is said",
    )
    assert quota(tracker)["month_start"].startswith(f"{MONTH}-01")
    assert tracker.status()["problems"] == []
    github.answers = [(200, {}, {"usageItems": [ITEM, "no row"]})]
    variables = {"GITHUB_API_URL": github.address, "GH_TOKEN": "t\n"}
    done = run(tracker, variables, "usage", "fetch", "--user", "octocat", code=1)
    asked = [path.partition("?")[2] for _, path, _ in github.asked]
    assert asked == [f"year={MONTH[:4]}&month={int(MONTH[5:])}"]
    assert "line 2: it has no SKU" in done.stderr
    run(tracker, variables, "usage", "fetch", "--user", "octocat", "--month", "soon", code=2)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"GH_TOKEN": "ghp_1\nX-Other: 1"}, "characters that no token has"),
        ({"GH_TOKEN": "gehe\u00efm"}, "characters that no token has"),
        ({"GH_TOKEN": "ghp_1", "GITHUB_API_URL": "https://["}, "is not the address"),
        ({"GH_TOKEN": "ghp_1", "GITHUB_API_URL": "https://a:b"}, "is not the address"),
        ({"GH_TOKEN": "ghp_1", "GITHUB_API_URL": "https:///v3"}, "is not the address"),
        (
            {"GH_TOKEN": "ghp_1", "GITHUB_API_URL": f"https://{'a' * 70}.example"},
            "Fix: set GITHUB_API_URL",
        ),
    ],
)
def test_a_token_or_an_address_that_is_none_is_told(
    tracker: RealTracker, variables: dict[str, str], said: str
) -> None:
    tracker.verb("start")
    done = run(tracker, variables, "usage", "fetch", code=1)
    assert said in done.stderr
    assert variables["GH_TOKEN"] not in done.stderr


def test_a_token_for_this_machine_itself_goes_through_no_proxy(
    github: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    github.answers = [(200, {}, {"login": "octocat"})]
    assert Api(github.address, "t").user() == "octocat"


def test_a_busy_github_is_asked_again_with_growing_pauses_and_then_told(github: Server) -> None:
    waits: list[float] = []
    told: list[str] = []
    api = Api(github.address, "t", sleep=waits.append, tell=told.append)
    github.answers = [
        (502, {}, b""),
        (429, {"Retry-After": "7"}, {}),
        (503, {}, {}),
        (200, {}, {"login": "octocat"}),
    ]
    assert api.user() == "octocat"
    assert waits == [1.0, 7.0, 4.0]
    assert told == [
        "GitHub refuses further requests for now. It is asked again in 7 s.",
        "GitHub has an internal error (503). It is asked again in 4 s.",
    ]
    waits.clear()
    limited = "API rate limit exceeded for user ID 1."
    github.answers = [
        (403, {"x-ratelimit-remaining": "4987"}, {"message": limited}),
        (200, {}, {"login": "octocat"}),
    ]
    assert api.user() == "octocat"
    assert waits == [60.0], "a secondary limit that says no time"
    waits.clear()
    github.answers = [(500, {}, {"message": "oh"})] * 4
    with pytest.raises(ApiError, match="an internal error"):
        api.user()
    assert waits == [1.0, 2.0, 4.0]
    github.server.shutdown()
    github.server.server_close()
    with pytest.raises(ApiError, match="did not answer"):
        api.user()


def test_what_a_fetch_waits_for_is_told(tracker: RealTracker, github: Server) -> None:
    tracker.verb("start")
    github.answers = [
        (429, {"Retry-After": "1.5"}, {"message": "slow down"}),
        (200, {}, {"usageItems": []}),
    ]
    variables = {"GITHUB_API_URL": github.address, "GH_TOKEN": "t"}
    done = run(tracker, variables, "usage", "fetch", "--user", "octocat")
    assert (
        done.stderr
        == 'GitHub refuses further requests for now ("slow down"). It is asked again in 2 s.\n'
    )


# --- the report as a file


def report(path: Path, *rows: str) -> Path:
    head = "date,product,sku,quantity,unit_type,net_amount,repository"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_a_report_read_again_and_a_later_one_count_nothing_twice(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    first = report(tmp_path / "a.csv", f"{MONTH}-01,codespaces,codespaces_compute_d2,5,hours,0,o/r")
    assert "10 core-hours" in tracker.verb("usage", "import", str(first)).stdout
    assert "Nothing in it is new." in tracker.verb("usage", "import", str(first)).stdout
    later = report(tmp_path / "b.csv", f"{MONTH}-01,codespaces,codespaces_compute_d2,6,hours,0,o/r")
    tracker.verb("usage", "import", str(later))
    assert quota(tracker)["basis"]["github_core_hours"] == 12
    os.utime(first, (1_700_000_000, 1_700_000_000))
    tracker.verb("usage", "import", str(first))
    assert quota(tracker)["basis"]["github_core_hours"] == 12, (
        "an older report does not undo a later one"
    )


def test_a_report_is_of_the_moment_that_is_given(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    path = report(tmp_path / "a.csv", f"{MONTH}-01,codespaces,codespaces_compute_d2,5,hours,0,o/r")
    for wrong in ("soon", "0001-01-01", "99d99"):
        tracker.verb("usage", "import", str(path), "--as-of", wrong, code=2)
    assert quota(tracker)["basis"]["github_as_of"] is None
    tracker.verb("usage", "import", str(path), "--as-of", f"{MONTH}-01T00:00Z")
    assert quota(tracker)["basis"]["github_as_of"].startswith(f"{MONTH}-01T00:00")


def test_a_broken_line_is_named_and_the_rest_is_kept(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    mixed = report(
        tmp_path / "a.csv",
        f"{MONTH}-01,codespaces,codespaces_compute_d2,5,hours,0,o/r",
        f"{MONTH}-01,codespaces,codespaces_compute_d2,five,hours,0,o/r",
    )
    done = tracker.verb("usage", "import", str(mixed), code=1)
    assert "line 3: the quantity 'five' is not a number" in done.stderr
    assert quota(tracker)["basis"]["github_core_hours"] == 10


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"{", b"[]", b"date,sku,quantity,unit\n"]
)
def test_what_is_no_report_changes_nothing(
    tracker: RealTracker, tmp_path: Path, content: bytes
) -> None:
    tracker.verb("start")
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert str(path) in tracker.verb("usage", "import", str(path), code=1).stderr
    assert quota(tracker)["basis"]["github_as_of"] is None
    assert (
        "cannot be read"
        in tracker.verb("usage", "import", str(tmp_path / "none.csv"), code=1).stderr
    )
    assert "cannot be read" in tracker.verb("usage", "import", str(tmp_path), code=1).stderr
    for nearly_json in ("[" * 100_000, "[[[", "{1}"):
        (tmp_path / "odd.json").write_text(nearly_json)
        told = tracker.verb("usage", "import", str(tmp_path / "odd.json"), code=1).stderr
        assert "begins like JSON" in told
        assert "Expecting" not in told
        assert "recursion" not in told
    os.mkfifo(tmp_path / "pipe")
    assert (
        "cannot be read" in tracker.verb("usage", "import", str(tmp_path / "pipe"), code=1).stderr
    )


def test_a_large_report_tells_at_a_terminal_how_far_it_is(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    row = f"{MONTH}-01,codespaces,codespaces_compute_d2,0.001,hours,0,o/r"
    large = report(tmp_path / "large.csv", *[row] * 60_000)
    with PseudoTerminal(
        tracker.command("usage", "import", str(large)), tracker.environment()
    ) as terminal:
        terminal.until(" lines read")
        assert terminal.ended() == 0
        assert "120 core-hours" in terminal.said.rpartition("\r\x1b[K")[2]


# --- stopping the codespace


CODESPACE = {"CODESPACES": "true", "CODESPACE_NAME": "fuzzy-octo"}


def stop(
    tracker: RealTracker, variables: dict[str, str], *words: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    command = tracker.command("stop-codespace", *words)[:-2]
    done = real_tracker.run(command, {**tracker.environment(), **variables})
    assert done.returncode == code, done
    return done


def test_the_codespace_is_stopped_by_the_api(tracker: RealTracker, github: Server) -> None:
    github.answers = [(200, {}, {"name": "fuzzy-octo", "state": "ShuttingDown"})]
    variables = {**CODESPACE, "GITHUB_API_URL": github.address, "GH_TOKEN": "t"}
    assert "Nothing was done" in stop(tracker, variables, "--dry-run").stdout
    assert github.asked == []
    assert "GitHub is stopping" in stop(tracker, variables).stdout
    assert [(method, path) for method, path, _ in github.asked] == [
        ("POST", "/user/codespaces/fuzzy-octo/stop")
    ]


def test_a_token_that_may_not_stop_it_is_told_which_permission_it_lacks(
    tracker: RealTracker, github: Server
) -> None:
    github.answers = [(403, {}, {"message": "Resource not accessible by integration"})]
    done = stop(
        tracker, {**CODESPACE, "GITHUB_API_URL": github.address, "GITHUB_TOKEN": "ghs"}, code=1
    )
    assert "Codespaces lifecycle admin: write" in done.stderr
    assert "built into the codespace" in done.stderr


def test_without_a_token_gh_stops_it(tracker: RealTracker, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    gh = programs / "gh"
    gh.write_text(f'#!/bin/sh\necho "$*" >>"{tmp_path}/asked"\n')
    gh.chmod(0o700)
    path = f"{programs}:{os.environ['PATH']}"
    stop(tracker, {**CODESPACE, "PATH": path})
    assert (tmp_path / "asked").read_text() == "codespace stop --codespace fuzzy-octo\n"
    gh.write_text("#!/bin/sh\necho 'HTTP 403: Must have admin rights' >&2\nexit 1\n")
    assert "gh says: HTTP 403" in stop(tracker, {**CODESPACE, "PATH": path}, code=1).stderr
    gh.write_text("#!/nonexistent/sh\n")
    broken = stop(tracker, {**CODESPACE, "PATH": path}, code=1).stderr
    assert "gh cannot be run" in broken
    assert "Fix: reinstall gh" in broken


def test_elsewhere_than_in_a_codespace_nothing_is_stopped(tracker: RealTracker) -> None:
    assert "not a GitHub codespace" in stop(tracker, {"GH_TOKEN": "t"}, code=1).stderr
    without = " ".join(stop(tracker, {**CODESPACE, "PATH": "/usr/bin:/bin"}, code=1).stderr.split())
    assert "neither a token nor `gh`" in without
    assert without.endswith("or stop the codespace yourself: https://github.com/codespaces")


@pytest.mark.parametrize(
    "base",
    [
        "https://user:secret@localhost:1",
        "http://localhost:1?x=secret",
        "https://a b",
        "http://127.0.0.1:0",
        "https://",
    ],
)
def test_an_odd_address_of_the_api_is_told_without_secrets_or_the_systems_words(base: str) -> None:
    with pytest.raises(ApiError) as refused:
        Api(base, "ghp_1")
    assert "is not the address of an API" in str(refused.value)
    assert "Fix:" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_nobody_who_answers_is_told_in_words() -> None:
    with pytest.raises(ApiError) as refused:
        Api("http://localhost:1", "ghp_1", sleep=lambda _: None).user()
    assert "did not answer (Connection refused)" in str(refused.value)


def test_a_later_report_with_a_broken_line_lowers_no_day(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    other = {**ITEM, "repositoryName": "octo/two"}
    report = tmp_path / "usage.json"
    report.write_text(json.dumps([ITEM, other]))
    tracker.verb("usage", "import", str(report))
    report.write_text(json.dumps([ITEM, {**other, "quantity": "lots"}]))
    told = tracker.verb("usage", "import", str(report), code=1).stderr
    assert (
        f"{report}: 1 day stays as it was told before, as less of it could be read now: {MONTH}-01."
        in told
    )
    assert quota(tracker)["basis"]["github_core_hours"] == 80
