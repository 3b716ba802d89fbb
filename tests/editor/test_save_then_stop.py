"""The recipe "Save work, then stop" of docs/recipes.md, with a real editor and a real repository.
Its 20 minutes are 2 here."""

import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.editor.chromium import Browser
from tests.editor.editors import Installed, Server
from tests.editor.person import IDLE_MINUTES, LATEST, LIMIT, PAUSE, key, show_text
from tests.editor.watched import CHECK_SECONDS, Watched
from tests.integration.real_tracker import PROGRAM, wait_until
from tests.integration.recipes import TRIGGERS, Bench

LABEL = "Save work, then stop"


@pytest.fixture
def bench(folder: Path) -> Bench:
    """A repository with a change that was not committed, and a remote to push to."""
    made = Bench(folder / "bench")
    origin = folder / "origin.git"
    made.git("init", "--quiet", "--bare", str(origin))
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("remote", "add", "origin", str(origin))
    made.git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "first", "--allow-empty")
    (made.workspace / "thesis.txt").write_text("a day's work\n")
    return made


def start(watched: Watched, bench: Bench) -> Path:
    """Start a tracker with the recipe, in a codespace; the file that a stop is written to."""
    bench.program("codespace-tracker", f'exec {shlex.join(PROGRAM)} "$@"\n')
    calls = bench.program("gh", "true\n")
    command = TRIGGERS[LABEL]["script_command"]
    watched.start(
        IDLE_MINUTES,
        script_command=command.replace("$CODESPACE_TRACKER_DIR", str(bench.directory)),
        cwd=str(bench.workspace),
        env=bench.environment(CODESPACES="true"),
    )
    return calls


def when_stopped(calls: Path) -> float:
    """When the codespace was stopped (seconds of the wall clock), by its name; 0 if it was not."""
    said = calls.read_text()
    assert said in ("", "codespace stop --codespace fuzzy-train\n")
    return calls.stat().st_mtime if said else 0.0


def assert_is_saved(bench: Bench) -> None:
    """The remote has what was not committed."""
    [commit, _] = bench.git("ls-remote", "origin").split()
    assert bench.git("show", f"{commit}:thesis.txt") == "a day's work\n"


def test_with_the_extension_work_is_saved_when_a_person_left_and_not_while_one_is_there(
    make_server: Callable[..., Server],
    installed: Installed,
    watched: Watched,
    browser: Browser,
    bench: Bench,
) -> None:
    calls = start(watched, bench)
    server = make_server(installed)
    server.start()
    window = server.window(browser)
    show_text(window, server)
    for _ in range(2):
        key(window.page)
        time.sleep(PAUSE)
        assert when_stopped(calls) == 0
    key(window.page)
    last = time.time()
    wait_until(lambda: when_stopped(calls) != 0, "it is stopped", LATEST + 30)
    assert LIMIT <= when_stopped(calls) - last <= LATEST + 10
    assert_is_saved(bench)


def test_without_it_work_is_saved_only_when_the_last_window_was_closed(
    make_server: Callable[..., Server],
    installed: Installed,
    watched: Watched,
    browser: Browser,
    bench: Bench,
) -> None:
    calls = start(watched, bench)
    server = make_server(installed, with_extension=False)
    server.start()
    server.window(browser)
    time.sleep(LATEST + 30)
    assert when_stopped(calls) == 0, "someone may be there"
    browser.kill()
    closed = time.time()
    wait_until(lambda: when_stopped(calls) != 0, "it is stopped", LATEST + CHECK_SECONDS)
    assert when_stopped(calls) - closed >= LIMIT
    assert_is_saved(bench)
