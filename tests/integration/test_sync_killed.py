"""kill -9 at each system call of a sync that changes something or talks to someone: of all its
processes at once, or of the one that makes the call. The next sync mends everything, and nobody has
a new identity."""

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository, branches
from tests.integration.deaths import in_a_process
from tests.integration.git_server import PASSWORD, GitServer, git_server
from tests.integration.sync_process import sync

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.sync.credentials import VARIABLE

STEP = int(os.environ.get("CODESPACE_TRACKER_TEST_CALLS", "223"))
"""Every how many-th call is one to die at; in the long form each is."""

NOW = parse_iso("2026-11-10T00:00:00Z")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    path = bare_repository(tmp_path, "hours.git")
    for words in (("http.receivepack", "true"), ("gc.auto", "0")):
        subprocess.run(["git", "--git-dir", path, "config", *words], check=True)
    with git_server(tmp_path) as server:
        yield server


@pytest.mark.parametrize("all_die", [True, False], ids=["all", "one"])
def test_a_sync_may_be_killed_at_any_call(served: GitServer, tmp_path: Path, all_die: bool) -> None:
    other = codespace(tmp_path, served, "other")
    one = codespace(tmp_path, served, "one")
    identities = {one.stream_id, other.stream_id}
    n, deaths, ran_us = 1 + STEP // 2, list[str](), {"one": HOUR_US, "other": HOUR_US}
    while True:
        for space in (one, other):  # there is something to tell, and something to take
            space.ran(NOW - (999 - len(deaths)) * HOUR_US, MINUTE_US)
            ran_us[space.tracker.codespace_name] += MINUTE_US
        assert other.sync().problem == ""
        work = partial(sync, one.directory, one.environ, one.at)
        traced = in_a_process(work, n, all_die=all_die)
        done = one.sync()
        assert (done.problem, done.second_writer, done.aside) == ("", False, {}), traced
        assert one.sync()[:2] == (False, ()), traced
        assert leftovers(one) == [], traced
        assert {one.stream_id, other.stream_id} == identities == set(branches(there(served)))
        assert branches(there(served))[one.stream_id] == one.remembered.noted, traced
        after = other.sync()
        assert (after.problem, after.aside) == ("", {}), traced
        for space in (one, other):
            known = {name: space.core_us(name) for name in ran_us}
            assert known == {name: 2 * ran for name, ran in ran_us.items()}, traced
        if not traced.killed_at:
            break
        deaths.append(traced.killed_at)
        n += STEP
    print(f"{len(deaths)} kills at {traced.calls} calls: {', '.join(sorted(set(deaths)))}")
    assert len(deaths) * STEP > 200


def codespace(folder: Path, served: GitServer, name: str) -> Codespace:
    found = Codespace(folder, name, NOW)
    found.environ |= {VARIABLE: PASSWORD, "HOME": str(folder)}
    found.ran(NOW - 2000 * HOUR_US)
    found.join(f"{served.url}/hours.git")
    assert found.sync().told
    return found


def leftovers(one: Codespace) -> list[Path]:
    """What a git that was killed left: nothing else would ever delete it."""
    left = (path for path in Path(one.directory, "meeting.git").rglob("*") if path.is_file())
    return [path for path in left if path.suffix in (".lock", ".keep") or path.match("pack/tmp_*")]


def there(served: GitServer) -> str:
    return str(served.folder / "hours.git")
