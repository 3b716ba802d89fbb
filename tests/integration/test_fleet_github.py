"""`fleet --github` and `fleet stop`: GitHub's own list, by a local server that answers as the API
is documented to, errors included."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tests.fleets import Other, meet
from tests.integration import real_tracker
from tests.integration.github_server import Server, github_server
from tests.integration.real_tracker import RealTracker

from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.shared_presence import Attended

NOW = datetime.fromtimestamp(time.time(), timezone.utc)


def codespace(name: str, state: str = "Shutdown", *, days: float = 20, work: bool = True) -> Any:
    return {
        "name": name,
        "display_name": f"the {name}",
        "repository": {"full_name": "octocat/thesis"},
        "state": state,
        "machine": {"cpus": 4},
        "last_used_at": (NOW - timedelta(hours=5)).isoformat(),
        "idle_timeout_minutes": 30,
        "billable_owner": {"login": "octo-org"},
        "retention_expires_at": (NOW + timedelta(days=days)).isoformat(),
        "git_status": {"has_unpushed_changes": work, "has_uncommitted_changes": False},
    }


@pytest.fixture
def github() -> Iterator[Server]:
    with github_server() as server:
        yield server


def run(tracker: RealTracker, github: Server, *words: str, code: int = 0) -> Any:
    variables = {"GITHUB_API_URL": github.address, "CODESPACE_TRACKER_TOKEN": "ghp_secret"}
    done = real_tracker.run(tracker.command(*words), {**tracker.environment(), **variables})
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


@pytest.fixture
def started(tracker: RealTracker) -> RealTracker:
    tracker.be_in_codespace()
    tracker.verb("start")
    return tracker


def test_the_list_says_what_would_be_lost_and_who_pays(
    started: RealTracker, github: Server
) -> None:
    github.answers = [(200, {}, {"codespaces": [codespace("one"), codespace("two", "Available")]})]
    done = run(started, github, "fleet", "--github")
    assert "the one" in done.stdout
    assert "unpushed" in done.stdout
    assert "octo-org" in done.stdout
    [(method, path, headers)] = github.asked
    assert (method, path) == ("GET", "/user/codespaces?per_page=100&page=1")
    assert headers["authorization"] == "Bearer ghp_secret"


def test_all_pages_are_read(started: RealTracker, github: Server) -> None:
    first = [codespace(f"c{n}") for n in range(100)]
    github.answers = [
        (200, {"ETag": '"first"'}, {"total_count": 101, "codespaces": first}),
        (200, {"ETag": '"second"'}, {"total_count": 101, "codespaces": [codespace("last")]}),
        (200, {}, {"total_count": 101, "codespaces": []}),
    ]
    found = json.loads(run(started, github, "fleet", "--github", "--json").stdout)
    assert [one["name"] for one in found] == [*(f"c{n}" for n in range(100)), "last"]
    run(started, github, "fleet", "--github")
    # the tag of one page tells nothing of the others
    assert "if-none-match" not in github.asked[2][2]


def test_what_has_not_changed_is_not_sent_again(started: RealTracker, github: Server) -> None:
    github.answers = [(200, {"ETag": '"x"'}, {"codespaces": [codespace("one")]}), (304, {}, b"")]
    before = run(started, github, "fleet", "--github", "--json").stdout
    assert run(started, github, "fleet", "--github", "--json").stdout == before
    assert github.asked[1][2]["if-none-match"] == '"x"'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {}, {"message": "Bad credentials"}), "does not know the token"),
        ((403, {}, {"message": "Resource not accessible by token"}), "Codespaces: read"),
        ((404, {}, {"message": "Not Found"}), "Codespaces: read"),
        ((200, {}, {"other": 1}), "not the list of codespaces"),
        ((200, {}, [1]), "not the list of codespaces"),
    ],
)
def test_each_refusal_says_what_to_do(
    started: RealTracker, github: Server, answer: Any, said: str
) -> None:
    github.answers = [answer]
    done = run(started, github, "fleet", "--github", code=1)
    assert said in done.stderr
    assert "ghp_secret" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "busy",
    [
        (403, {"Retry-After": "0"}, {"message": "secondary rate limit"}),
        (429, {"Retry-After": "0"}, {"message": "slow down"}),
        (502, {}, b"<html>"),
    ],
)
def test_it_asks_again_where_github_is_busy(
    started: RealTracker, github: Server, busy: Any
) -> None:
    github.answers = [busy, (200, {}, {"codespaces": [codespace("one")]})]
    assert "the one" in run(started, github, "fleet", "--github").stdout


def test_a_notice_tells_of_work_that_is_deleted_soon_and_of_what_runs(
    started: RealTracker, github: Server
) -> None:
    listed = [
        codespace("late", days=10),
        codespace("soon", days=2),
        codespace("clean", days=2, work=False),
        codespace("runs", "Available"),
    ]
    github.answers = [(200, {}, {"codespaces": listed}), (200, {}, {"codespaces": []})]
    said = run(started, github, "fleet", "--github", "--notice").stdout
    assert "the soon is deleted on" in said
    assert "the runs runs for 5h" in said
    assert "late" not in said
    assert "clean" not in said
    assert "the soon is deleted" in started.verb("notice").stdout
    assert "nothing to say" in run(started, github, "fleet", "--github", "--notice").stdout


def test_one_at_which_someone_is_by_its_own_word_is_left_out(
    started: RealTracker, github: Server
) -> None:
    now = int(NOW.timestamp()) * 1_000_000
    hour = now // HOUR_US * HOUR_US
    there: dict[str, tuple[Attended, ...]] = {
        "busy": (Attended(hour, 0, 0, 60),),
        "left": (
            Attended(hour - 2 * HOUR_US, 0, 0, 60),
            *(Attended(hour - n * HOUR_US, 60, 120, 0) for n in (1, 0)),
        ),
        "old": (Attended(hour - 9 * HOUR_US, 0, 0, 60),),
    }
    others = [
        Other(name, [(now - 10 * HOUR_US, 10 * HOUR_US, 2)], is_open=True, presence=parts)
        for name, parts in there.items()
    ]
    meet(str(started.directory), others, now)
    running = [codespace(name, "Available") for name in (*there, "unknown")]
    github.answers = [(200, {}, {"codespaces": running})]
    said = run(started, github, "fleet", "--github", "--notice").stdout
    assert "busy" not in said
    assert "the left runs, with no one there since " in said
    assert "the old runs for 5h" in said
    assert "the unknown runs for 5h" in said


def triggers_of(tracker: RealTracker) -> dict[str, Any]:
    found = json.loads((tracker.directory / "trigger_config.json").read_text())
    return {one["label"]: one for one in found["triggers"]}


def test_the_reminder_is_a_trigger_like_others(started: RealTracker, github: Server) -> None:
    github.answers = [(200, {}, {"codespaces": []})] * 2
    for _ in range(2):
        said = run(started, github, "fleet", "--github", "--remind").stdout
        assert "Every evening at 18:00" in said
        one = triggers_of(started)["My codespaces in the evening"]
        assert one["conditions"] == {"at": "0 18 * * *"}
        assert one["script_command"] == "codespace-tracker fleet --github --notice"
    assert "My codespaces in the evening" in started.verb("triggers", "--all").stdout
    assert "disabled" in run(started, github, "fleet", "--github", "--no-remind").stdout
    assert triggers_of(started)["My codespaces in the evening"]["enabled"] is False
    assert len(github.asked) == 2


def test_it_is_not_added_where_the_token_may_not_ask(started: RealTracker, github: Server) -> None:
    github.answers = [(403, {}, {"message": "Resource not accessible by token"})]
    done = run(started, github, "fleet", "--github", "--remind", code=1)
    assert "Codespaces: read" in done.stderr
    assert "My codespaces in the evening" not in triggers_of(started)


def test_a_codespace_is_stopped_by_its_name(started: RealTracker, github: Server) -> None:
    listed: Any = (200, {}, {"codespaces": [codespace("one"), codespace("two", "Available")]})
    github.answers = [listed, (200, {}, {}), listed, listed]
    assert "stopping two" in run(started, github, "fleet", "stop", "the two").stdout
    assert github.asked[1][:2] == ("POST", "/user/codespaces/two/stop")
    assert "not running" in run(started, github, "fleet", "stop", "one").stdout
    assert "none of your codespaces" in run(started, github, "fleet", "stop", "x", code=1).stderr
