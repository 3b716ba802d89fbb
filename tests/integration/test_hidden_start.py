"""What `start` says of the first session's beginning where /proc hides PID 1 (mount option
hidepid), and where not."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.other_users import OWNER, as_owner
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker

pytestmark = pytest.mark.machine

HIDDEN = "The first session counts from now, as the start time of this container is"


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of an ordinary user's, which they can reach."""
    made = Path(tempfile.mkdtemp())
    os.chown(made, OWNER, OWNER)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize(("mount", "is_hidden"), [("hidepid=2", True), ("hidepid=0", False)])
def test_start_says_when_the_start_of_the_container_is_hidden(
    tracker: RealTracker, home: Path, mount: str, is_hidden: bool
) -> None:
    keep = [
        "--securebits",
        "+no_setuid_fixup",
    ]  # for access(2), where a folder above is closed to others
    words = [*as_owner(), *keep, *tracker.command("start")[:-1], str(home / "state")]
    script = f'mount -o remount,{mount} /proc && "$@"; exit $?'  # the shell stays: it is PID 1
    life = [
        "unshare",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        "sh",
        "-c",
        script,
        "sh",
        *words,
    ]
    environment = tracker.environment(HOME=str(home), REMOTE_CONTAINERS="true")
    done = subprocess.run(
        life, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (done.returncode, "running" in done.stdout) == (0, True), done
    assert (HIDDEN in done.stdout) == is_hidden
    assert "not from now" not in done.stdout, "its start is seconds ago"
